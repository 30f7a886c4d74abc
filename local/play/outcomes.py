"""What has to come of it: found by search, told by mail, heard by other systems."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx
import nats
from nats.aio.msg import Msg

from local.nats_users import OBSERVER
from local.play.arrivals import plain
from local.play.authors import Contribution
from local.play.place import Place

PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class Heard:
    """What the subscriber to the public events has heard: each event's type and the id of its practice."""

    events: list[tuple[str, str]] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)

    def add(self, event: dict[str, Any]) -> bool:
        """Keep the event; tell whether it is new. The same one may come twice and is then known by its id."""
        if event["id"] in self._ids:
            return False
        self._ids.add(event["id"])
        practice = _practice(event)
        self.events.append((event["type"], str(practice.get("id", practice.get("practice_id")))))
        return True

    def of(self, practice: str) -> list[str]:
        return [kind for kind, of in self.events if of == practice]


@asynccontextmanager
async def listening(house: Place, tell: Callable[[str], None]) -> AsyncIterator[Heard]:
    """Listen to the public events as another system would, with a NATS user that may do nothing else."""
    heard = Heard()
    user, password = house.nats_sign_in[OBSERVER]

    async def hear(message: Msg) -> None:
        event: dict[str, Any] = json.loads(message.data)
        if heard.add(event):
            tell(f"    {message.subject}: {_title(_practice(event))}")

    connection = await nats.connect(
        house.nats_url,
        user=user,
        password=password,
        tls=house.nats_tls,
        inbox_prefix=f"_INBOX.{OBSERVER}".encode(),
    )
    try:
        await connection.subscribe("practices.>", cb=hear)
        await connection.flush()
        yield heard
    finally:
        await connection.close()


async def until(check: Callable[[], Awaitable[bool]], *, patience: float = PATIENCE_SECONDS) -> bool:
    """Check again and again until it is so, or ``patience`` seconds have passed; return which."""
    end = monotonic() + patience
    while not await check():
        if monotonic() > end:
            return False
        await asyncio.sleep(0.1)
    return True


async def found_by_search(http: httpx.AsyncClient, house: Place, contribution: Contribution) -> bool:
    """Tell whether a search for its title shows it on the first page."""
    answer = await http.get(f"{house.address('search')}/search", params={"q": contribution.sample.title})
    return any(item["id"] == contribution.id for item in answer.raise_for_status().json()["items"])


async def is_public(http: httpx.AsyncClient, house: Place, contribution: Contribution) -> bool:
    """Tell whether everybody can read it at its address."""
    answer = await http.get(f"{house.address('submissions')}/practices/{contribution.id}")
    return answer.is_success


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedMail:
    """A mail that has to arrive: to whom, and about what, by its title in any of its languages."""

    address: str
    titles: tuple[str, ...]


def missing_mails(expected: Iterable[ExpectedMail], texts: dict[str, list[str]]) -> list[ExpectedMail]:
    """Return which mails are not there yet. Two to the same person about the same need two letters."""
    left = []
    for mail in expected:
        letters = texts.get(mail.address, [])
        match = next((text for text in letters if any(plain(title) in text for title in mail.titles)), None)
        if match is None:
            left.append(mail)
        else:
            letters.remove(match)
    return left


def _practice(event: dict[str, Any]) -> dict[str, Any]:
    """Return the snapshot that the event carries, or what is left to say of one that was taken down."""
    practice: dict[str, Any] = event["data"].get("practice", event["data"])
    return practice


def _title(practice: dict[str, Any]) -> str:
    titles = practice.get("content", practice).get("title", {})
    first = next(iter(titles.values()), "")
    return str(first["text"] if isinstance(first, dict) else first)
