"""Is everything well? Told in plain words, also while something is not."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import nats
import pytest
from nats.aio.client import Client

from local.free_ports import free_port
from local.nats_users import OPERATOR
from services.web.board.wellness import duration, of_mail, of_search, of_service
from services.web.page.formats import Formats
from services.web.page.languages import load_words
from services.web.page.visit import Visit
from shared.bus.connect import inbox_prefix
from shared.bus.dead_letters import bury
from shared.bus.topology import EVENTS
from tests.waiting import eventually
from tests.web import lives
from tests.web.board_words import words
from tests.web.front_end import front_end
from tests.web.share_form import follow, send, sheets
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")

HOSTILE = "<script>alert(1)</script> not an envelope"


@contextlib.asynccontextmanager
async def operator(site: Site) -> AsyncIterator[Client]:
    """A connection to the site's NATS as its operator."""
    assert site.folder
    known = json.loads((site.folder / "nats-passwords.json").read_text())
    connection = await nats.connect(
        f"nats://127.0.0.1:{site.ports.of('nats-server')}",
        user=OPERATOR,
        password=known[OPERATOR],
        inbox_prefix=inbox_prefix(OPERATOR).encode(),
    )
    yield connection
    await connection.close()


async def test_all_is_well_and_a_dead_letter_is_told_with_the_commands_that_help(site: Site) -> None:
    async with site.signed_in(lives.COORDINATOR) as http:

        async def well() -> bool:
            return "Everything is well." in words(await http.get("/well"))

        await eventually(well)  # other tests may just have said something
        page = words(await http.get("/well"))
        assert page.count("✓ Well") == 5
        async with operator(site) as connection:
            js = connection.jetstream()
            letter = {"durable": "review-submissions", "stream": EVENTS, "sequence": 1, "attempts": 1}
            await bury(
                js,
                reason=HOSTILE,
                subject="submissions.submitted",
                body=b"not an envelope",
                headers={},
                event_type="eu.practice-exchange.submission.submitted.v1",
                **letter,  # type: ignore[arg-type]
            )

            async def told() -> httpx.Response | None:
                page = await http.get("/well")
                return page if "put aside." in words(page) else None

            found = await eventually(told)
            said = words(found)
            assert "1 thing needs a look." in said
            assert "1 event could not be dealt with and was put aside." in said
            assert "Everything is well." not in said
            assert "eu.practice-exchange.submission.submitted.v1" in said
            assert HOSTILE in said
            assert "<script>alert" not in found.text
            number = re.search(r"python -m shared\.bus replay (\d+)", said)
            assert number
            assert f"python -m shared.bus show {number[1]}" in said
            await js.delete_msg("DLQ", int(number[1]))
        await eventually(well)


async def test_a_service_that_is_away_is_said_so_and_the_page_still_comes(site: Site) -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    async with site.signed_in(lives.COORDINATOR) as signed_in:
        cookies = signed_in.cookies
    async with (
        front_end(site, REVIEW_URL=gone, NOTIFICATIONS_URL=gone, SYNDICATION_URL=gone) as address,
        httpx.AsyncClient(base_url=address, cookies=cookies, trust_env=False, verify=False, timeout=30) as http,
    ):
        page = await http.get("/well?lang=en")
        assert page.status_code == 200
        said = words(page)
        assert "3 things need a look." in said
        assert "Reviews and decisions ✕ Does not answer It does not answer." in said
        assert "Inbox and mails ✕ Does not answer" in said
        assert "Telling other systems ✕ Does not answer" in said
        assert "Finding practices ✓ Well" in said
        assert "python -m services.review" in said
        assert (await http.get("/board")).status_code == 503


async def test_the_page_does_not_wait_for_a_service_that_never_answers(site: Site) -> None:
    async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(says_nothing, "127.0.0.1", 0)
    silent = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with site.signed_in(lives.COORDINATOR) as signed_in:
        cookies = signed_in.cookies
    async with (
        server,
        front_end(site, NOTIFICATIONS_URL=silent, SEARCH_URL=silent) as address,
        httpx.AsyncClient(base_url=address, cookies=cookies, trust_env=False, verify=False, timeout=8) as http,
    ):
        page = await http.get("/well?lang=en")
        assert "Finding practices ✕ Does not answer" in words(page)
        assert "2 things need a look." in words(page)
        server.close()


async def test_administrators_see_it_too_with_how_mails_arrive_and_nobody_else(site: Site) -> None:
    async with site.signed_in("administrator-1") as http:
        page = await http.get("/well?lang=en")
        assert page.status_code == 200
        assert 'id="health-mail"' in page.text
    async with site.signed_in(lives.COORDINATOR) as http:
        page = await http.get("/well")
        assert 'id="health-mail"' not in page.text
        assert "/well/rebuild" not in page.text
    for sub in (lives.AUTHOR, lives.REVIEWER):
        async with site.signed_in(sub) as http:
            assert (await http.get("/well")).status_code == 403


async def test_an_administrator_makes_the_search_index_anew(site: Site) -> None:
    before = (await site.call(None, "search", "GET", "/status"))["rebuilt_at"]
    async with site.signed_in("administrator-1") as http:
        form = next(one for one in sheets(await http.get("/well?lang=en")) if one.action == "/well/rebuild")
        assert "A new index is being made." in words(await follow(http, await send(http, form)))

        async def made() -> bool:
            return bool((await site.call(None, "search", "GET", "/status"))["rebuilt_at"] != before)

        await eventually(made)
        assert "Index made anew" in words(await http.get("/well"))
    async with site.signed_in(lives.COORDINATOR) as http:
        answer = await http.post("/well/rebuild", data={"csrf": "x"})
        assert answer.status_code == 403


class English:
    """As much of a visit as words need."""

    language = "en"
    formats = Formats("en")

    def __init__(self) -> None:
        said = load_words()["en"]
        self._, self.ngettext = said.gettext, said.ngettext


def visit() -> Visit:
    found: Any = English()
    return found  # type: ignore[no-any-return]


def status(*said: str, **changes: Any) -> dict[str, Any]:
    quiet = {"name": "x", "missing": False, "waiting": 0, "in_hand": 0, "redelivered": 0, "oldest_seconds": None}
    plain: dict[str, Any] = {
        "words": list(said),
        "durables": [quiet],
        "outbox": {"waiting": 0, "oldest_seconds": None},
        "dead_letters": {"count": 0, "newest": []},
    }
    return plain | changes


WORDS = (
    "mongodb-silent", "nats-silent", "durable-missing", "events-late", "events-failing", "outbox-late",
    "dead-letters", "dead-letters-unknown",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
async def test_every_word_of_a_service_is_put_into_a_sentence_and_says_what_to_do(word: str) -> None:
    late = status(word, outbox={"waiting": 3, "oldest_seconds": 600.0}, dead_letters=None, durables=[])
    for told in (status(word), late):
        found = of_service(visit(), "review", "Reviews", told)
        assert not found.well
        assert len(found.findings) == 1
        assert found.findings[0].text != word
        assert found.findings[0].remedy


async def test_search_tells_what_is_not_well() -> None:
    fine: dict[str, Any] = {
        "practices": 26, "complete": True, "rebuild": None, "rebuilt_at": None,
        "lag": {"events": 0, "seconds": 0.0, "connected": True},
    }  # fmt: skip
    none: dict[str, Any] = {"count": 0, "newest": []}
    assert of_search(visit(), "Search", fine, none).well
    behind = fine | {"lag": {"events": 3, "seconds": 7200.0, "connected": True}}
    assert "2 hours ago" in of_search(visit(), "Search", behind, none).findings[0].text
    deaf = fine | {"lag": {"events": 0, "seconds": 0.0, "connected": False}, "complete": False}
    assert len(of_search(visit(), "Search", deaf, none).findings) == 2
    stuck = fine | {"rebuild": {"trouble": "disk full"}}
    assert "disk full" in of_search(visit(), "Search", stuck, none).findings[0].text
    drifted = fine | {"drift": {"missing": 1, "differing": 1, "left_over": 0, "trouble": "lacks it"}}
    (finding,) = of_search(visit(), "Search", drifted, none).findings
    assert (finding.text.startswith("2 practices"), finding.command) == (True, "python -m shared.bus reconcile")
    assert not of_search(visit(), "Search", fine, None).well
    assert not of_search(visit(), "Search", fine, {"count": 2, "newest": []}).well


async def test_mails_that_were_given_up_or_wait_are_told() -> None:
    mail = {"key": "k", "attempts": 3}
    assert of_mail(visit(), "Mails", [], []).well
    found = of_mail(visit(), "Mails", [mail], [mail, mail])
    assert [one.text for one in found.findings] == [
        "1 mail was given up lately.",
        "2 mails could not be sent yet and are tried again.",
    ]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, "–"), (3, "under a minute"), (60, "1 minute"), (600, "10 minutes"), (7200, "2 hours"), (172800, "2 days")],
)
async def test_times_are_told_in_the_unit_that_suits_them(seconds: float | None, told: str) -> None:
    assert duration(visit(), seconds) == told
