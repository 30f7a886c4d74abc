"""The logs of everything, after people did what people do: nobody is named in them, and no secret stands there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.idp.accounts import PASSWORD
from tests.life import REVIEW
from tests.servers import scratch
from tests.web.lives import AUTHOR, COORDINATOR, REVIEWER, drafted
from tests.web.site import Site, running_site

PEOPLE = (AUTHOR, REVIEWER, COORDINATOR)
SOUGHT = "quizzaciously confidential words"


@pytest.fixture
async def site() -> Any:
    with scratch() as folder:
        async with running_site(folder) as site:
            yield site


def texts(document: Any) -> Iterator[str]:
    """Yield every text of a document that is long enough to be somebody's own."""
    match document:
        case dict():
            for value in document.values():
                yield from texts(value)
        case list():
            for value in document:
                yield from texts(value)
        case str() if len(document) > 25:
            yield document


async def test_nobody_is_named_and_no_secret_stands_in_the_logs(site: Site) -> None:
    assert site.folder
    cookies: list[str] = []
    life = await drafted(site)
    await life.publish()
    async with site.signed_in(AUTHOR) as browser:
        cookies += [cookie.value or "" for cookie in browser.cookies.jar]
        for path in ("/mine", "/inbox", f"/search?q={SOUGHT}", f"/practices/{life.id}", "/mine/nothing-here"):
            await browser.get(path)
    # What goes wrong is where careless logs tell too much.
    await site.ask(AUTHOR, "submissions", "POST", "/contributions", {"content": {"title": SOUGHT}})
    await site.ask(AUTHOR, "submissions", "POST", f"/contributions/{life.id}/appeal", {"text": SOUGHT})
    await site.ask(None, "submissions", "GET", "/contributions", headers={"authorization": f"Bearer {SOUGHT}"})
    await site.ask(None, "search", "GET", f"/search?q={SOUGHT}&sector=no-such-thing")
    async with site.browser() as browser:
        await browser.get("/signed-in", params={"state": SOUGHT, "code": SOUGHT, "error_description": SOUGHT})
        await browser.get("/unsubscribe", params={"token": SOUGHT})

    logs = {file.name: file.read_text(encoding="utf-8") for file in (site.folder / "logs").glob("*.log*")}
    seen = await life.seen()
    secrets = [
        *(account.name for account in map(site.account, PEOPLE)),
        *(account.email for account in map(site.account, PEOPLE)),
        *(token for _, token in site.tokens.values()),
        *(cookie for cookie in cookies if cookie),
        *_kept_secrets(site.folder),
        *texts(seen["content"]),
        *texts(REVIEW),
        life.title,
        PASSWORD + '"',
        SOUGHT,
        SOUGHT.split(maxsplit=1)[0],
    ]
    assert len(secrets) > 25
    for name, text in logs.items():
        assert [secret for secret in secrets if secret in text] == [], name
    lines = [json.loads(line) for line in logs["services.log"].splitlines()]
    assert {line["service"] for line in lines} >= {"submissions", "review", "search", "notifications", "web"}
    assert all({"time", "level", "service", "event"} <= set(line) for line in lines)
    assert sum(line["event"] == "request" and "trace_id" in line for line in lines) > 20


def _kept_secrets(folder: Path) -> list[str]:
    files = [folder / "web-secret.json", folder / "nats-passwords.json"]
    return [secret for file in files for secret in json.loads(file.read_text(encoding="utf-8")).values()]
