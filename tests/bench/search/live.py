"""Publishing while the service serves: how soon each practice is found, and how far a stream of them runs ahead."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpx
import nats
from nats.js import JetStreamContext

from shared.bus.topology import CATALOGUE
from shared.events.practices import PracticePublished, PracticeWithdrawn
from tests.bench.practices import EPOCH
from tests.bench.search.texts import Size, practices
from tests.services.search.making import body

_APART: Final = 60  # published one after the other
_SUBMITTED: Final = 50  # and while others come, so many a second
SUBMITTED_A_SECOND: Final = 5
_FOLLOWED_SECONDS: Final = 5
_REVISED_A_SECOND: Final = 200
_LOOK_SECONDS: Final = 0.002

Said = tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Seconds from publication to found: one at a time, and while five a second come; ``behind`` after 200 a second."""

    apart: tuple[float, ...]
    submitted: tuple[float, ...]
    behind: float


def more(size: Size) -> list[Said]:
    """Make what is published while the service serves, before anything is timed."""
    many = Size(
        documents=_APART + _SUBMITTED + _REVISED_A_SECOND * _FOLLOWED_SECONDS, words=size.words, seed=size.seed + 2
    )
    return [(one.id, body(PracticePublished(practice=one), one.id, 1)) for one in practices(many)]


async def measure(client: httpx.AsyncClient, url: str, said: Sequence[Said]) -> Live:
    """Publish it to the server at ``url``, ask the service until it is found, and take it away for the next run."""
    connection = await nats.connect(url)
    js = connection.jetstream()
    apart = await _apart(js, client, said[:_APART])
    submitted = await _submitted(js, client, said[_APART : _APART + _SUBMITTED])
    behind = await _followed(js, client, said[_APART + _SUBMITTED :])
    await _withdrawn(js, client, said)
    await connection.close()
    return Live(apart=tuple(apart), submitted=tuple(submitted), behind=behind)


async def _say(js: JetStreamContext, said: Said) -> int:
    practice_id, raw = said
    return (await js.publish(f"catalogue.{practice_id}", raw, stream=CATALOGUE)).seq


async def _found(client: httpx.AsyncClient, sequence: int) -> int:
    """Wait until a message is found; return how far the service is."""
    while (reached := int((await client.get("/status")).json()["sequence"])) < sequence:  # noqa: ASYNC110 - another process works
        await asyncio.sleep(_LOOK_SECONDS)
    return reached


async def _apart(js: JetStreamContext, client: httpx.AsyncClient, said: Sequence[Said]) -> list[float]:
    """Publish one after the other; return the seconds until each is found."""
    taken = []
    for one in said:
        began = time.perf_counter()
        await _found(client, await _say(js, one))
        taken.append(time.perf_counter() - began)
        await asyncio.sleep(0.1)
    return taken


async def _submitted(js: JetStreamContext, client: httpx.AsyncClient, said: Sequence[Said]) -> list[float]:
    """Publish five a second, whether they are found or not; return the seconds until each is."""
    published: dict[int, float] = {}
    taken: list[float] = []

    async def look() -> None:
        while len(taken) < len(said):
            reached, now = await _found(client, min(published, default=0)), time.perf_counter()
            found = [sequence for sequence in published if sequence <= reached]
            taken.extend(now - published.pop(sequence) for sequence in found)
            await asyncio.sleep(_LOOK_SECONDS)

    looking, began = asyncio.create_task(look()), time.perf_counter()
    for number, one in enumerate(said):
        await asyncio.sleep(began + number / SUBMITTED_A_SECOND - time.perf_counter())
        at = time.perf_counter()
        published[await _say(js, one)] = at
    await looking
    return taken


async def _followed(js: JetStreamContext, client: httpx.AsyncClient, said: Sequence[Said]) -> float:
    """Publish 200 a second; return the seconds from the last one until it is found."""
    began, last = time.perf_counter(), 0
    for number, one in enumerate(said):
        await asyncio.sleep(began + number / _REVISED_A_SECOND - time.perf_counter())
        last = await _say(js, one)
    said_at = time.perf_counter()
    await _found(client, last)
    return time.perf_counter() - said_at


async def _withdrawn(js: JetStreamContext, client: httpx.AsyncClient, said: Sequence[Said]) -> None:
    """Take away what was added, for the next run."""
    last = 0
    for practice_id, _ in said:
        gone = PracticeWithdrawn(
            practice_id=practice_id, version=1, title={"en": "x"}, reason_code="author-request", withdrawn_at=EPOCH
        )
        last = await _say(js, (practice_id, body(gone, practice_id, 2)))
    await _found(client, last)
