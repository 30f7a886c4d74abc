"""Who listens and looks while faults come: one searches, one follows ``GET /events``, a partner reads from NATS.

They do what the house tells other systems to do: the follower goes on from the last id that it saw, and takes the
catalogue where it is told that this will not do; the partner acknowledges what it has. Nobody but an operator makes its
durable, so where it is lost somebody of the house has to.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import nats
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.bus.connect import servers_in
from shared.bus.keeper import EVERY_SECONDS as KEEPER_LOOKS_SECONDS
from shared.bus.topology import PUBLIC
from shared.tasks import stopped
from tests.faults.checker import Event
from tests.faults.planted import is_planted
from tests.system import System
from tests.waiting import eventually

PARTNER: Final = "ext-faults"
_EVERY_SECONDS: Final = 0.25
_AWAY: Final = (httpx.HTTPError, NatsError, OSError, TimeoutError)


@dataclass(slots=True)
class Heard:
    """What each was told, in the order in which it was. ``by_partner`` may hold an event again, which it knows by its
    id; ``from_catalogue`` are practices that the follower has from there. ``lost`` tells in words what search lost, and
    who listens no longer.
    """

    by_follower: list[Event] = field(default_factory=list)
    by_partner: list[Event] = field(default_factory=list)
    from_catalogue: set[str] = field(default_factory=set)
    searches: int = 0
    most: int = 0
    lost: list[str] = field(default_factory=list)


def wrongly_heard(heard: Heard, offered: Sequence[Event], *, filled_again: bool = False) -> list[str]:
    """List what a subscriber missed, heard twice or in another order, and what search lost, in words.

    Where EVENTS was ``filled_again`` the public stream has all of it once more, and so whoever reads it: nats-server
    drops nothing that comes from a source by its id (docs/decisions/lost-streams.md).
    """
    found = list(heard.lost)
    follower = [event.id for event in heard.by_follower]
    for event in offered:
        caught_up = event.aggregate.removeprefix("practice:") in heard.from_catalogue
        if event.id not in follower and not caught_up:
            found.append(f"the follower of /events was never told {event.id}")
        if event.id not in {one.id for one in heard.by_partner}:
            found.append(f"the partner on NATS was never told {event.id}")
    if not filled_again:
        found += [f"the follower of /events was told {one} twice" for one in sorted(_repeated(follower))]
    for who, events in (("the follower of /events", heard.by_follower), ("the partner on NATS", heard.by_partner)):
        found += _disorder(who, events)
    return found


async def eventually_heard(heard: Heard, offered: Sequence[Event], *, seconds: float = 30.0) -> None:
    """Wait until both were told everything, or patience ends: the check then tells what is missing."""
    wanted = {event.id for event in offered}

    def both() -> bool:
        return all(wanted <= {one.id for one in events} for events in (heard.by_follower, heard.by_partner))

    with contextlib.suppress(AssertionError):
        await eventually(both, timeout=seconds, every=_EVERY_SECONDS)


def _repeated(ids: Sequence[str]) -> set[str]:
    return {one for one in ids if ids.count(one) > 1}


def _disorder(who: str, events: Sequence[Event]) -> list[str]:
    """Of each practice, versions must first come in their order."""
    found, last, known = [], defaultdict[str, int](int), set[str]()
    for event in events:
        if event.id not in known and event.version < last[event.aggregate]:
            found.append(f"{who} was told version {event.version} of {event.aggregate} after {last[event.aggregate]}")
        known.add(event.id)
        last[event.aggregate] = max(last[event.aggregate], event.version)
    return found


def read_event(data: bytes | str) -> Event:
    """Return an event as the checker knows it."""
    body: dict[str, Any] = json.loads(data)
    return Event(id=body["id"], aggregate=body["partitionkey"], version=body["aggregateversion"], type=body["type"])


@contextlib.asynccontextmanager
async def listening(system: System) -> AsyncIterator[Heard]:
    """Let all three be there until the block ends; what they were told by then is in what is given."""
    heard = Heard()
    begun, let_in = asyncio.Event(), asyncio.Event()
    works = {
        "the follower of /events": _follow(system, heard, begun),
        "the partner on NATS": _partner(system, heard, let_in),
        "the one who searches": _search(system, heard),
    }
    tasks = [asyncio.create_task(work, name=name) for name, work in works.items()]
    try:
        await begun.wait()
        await let_in.wait()
        yield heard
    finally:
        heard.lost += ended(tasks)
        await stopped(*tasks)


def ended(tasks: Sequence[asyncio.Task[None]]) -> list[str]:
    """Say who listens no longer, and why: what they were not told then tells nothing of the system."""
    return [f"{task.get_name()} ended by itself: {task.exception()!r}" for task in tasks if task.done()]


async def _follow(system: System, heard: Heard, begun: asyncio.Event) -> None:
    last_id = ""
    while True:
        headers = {"Last-Event-ID": last_id} if last_id else {}
        try:
            async with (
                httpx.AsyncClient(base_url=system.url("syndication"), timeout=20) as client,
                client.stream("GET", "/events", headers=headers) as answer,
            ):
                if answer.status_code == httpx.codes.GONE:
                    last_id = await _catalogue(system, heard)
                    continue
                answer.raise_for_status()
                async for place, data in _told(answer):
                    heard.by_follower += [read_event(data)] if data else []
                    last_id = place or last_id
                    begun.set()
        except _AWAY:
            pass
        await asyncio.sleep(_EVERY_SECONDS)


async def _told(answer: httpx.Response) -> AsyncIterator[tuple[str, str]]:
    """Yield the id and the data of what comes; one without data moves the id on alone (WHATWG HTML, 9.2.6)."""
    place = name = data = ""
    async for line in answer.aiter_lines():
        part, _, value = line.partition(": ")
        match part:
            case "id":
                place = value
            case "event":
                name = value
            case "data":
                data = value
            case "":
                yield place, "" if name or data == "{}" else data
                name = data = ""


async def _catalogue(system: System, heard: Heard) -> str:
    """Take all practices from the catalogue and return the place from which to follow on."""
    async with httpx.AsyncClient(base_url=system.url("syndication"), timeout=20) as client:
        answer = (await client.get("/catalogue")).raise_for_status()
    rows = [json.loads(line) for line in answer.text.splitlines()]
    heard.from_catalogue |= {row["subject"] for row in rows if "subject" in row}
    return str(rows[-1]["cursor"])


async def _partner(system: System, heard: Heard, let_in: asyncio.Event) -> None:
    async with _connected(system) as js:
        await js.add_consumer(
            PUBLIC,
            ConsumerConfig(
                name=PARTNER,
                durable_name=PARTNER,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=10,
                deliver_policy=DeliverPolicy.ALL,
            ),
        )
    await asyncio.sleep(2 * KEEPER_LOOKS_SECONDS)  # it makes a durable again that it knew
    let_in.set()
    while True:
        with contextlib.suppress(*_AWAY):
            await _read(system, heard)
        await asyncio.sleep(_EVERY_SECONDS)


async def _read(system: System, heard: Heard) -> None:
    """Read until something is wrong, as a program does that is started again whenever it ends."""
    async with _connected(system) as js:
        subscription = await js.pull_subscribe_bind(PARTNER, stream=PUBLIC)
        while True:
            await _take(subscription, heard)
            await js.consumer_info(PUBLIC, PARTNER)


@contextlib.asynccontextmanager
async def _connected(system: System) -> AsyncIterator[JetStreamContext]:
    async def ignore(_: Exception) -> None: ...

    connection = await nats.connect(
        servers_in(system.nats.url),
        allow_reconnect=False,
        max_reconnect_attempts=1,  # of the first connection
        reconnect_time_wait=0.1,
        error_cb=ignore,
    )
    try:
        yield connection.jetstream(timeout=2)
    finally:
        await connection.close()


async def _take(subscription: JetStreamContext.PullSubscription, heard: Heard) -> None:
    with contextlib.suppress(TimeoutError):
        for message in await subscription.fetch(50, timeout=2):
            heard.by_partner += told_by(message)
            await message.ack()


def told_by(message: Msg) -> list[Event]:
    """Return the event that a message is; none of what the run planted, which may be no event at all."""
    return [] if is_planted((message.headers or {}).get("Nats-Msg-Id", "")) else [read_event(message.data)]


async def _search(system: System, heard: Heard) -> None:
    """Look again and again: what was found once is found ever after, unless search says that it is behind."""
    async with httpx.AsyncClient(base_url=system.url("search"), timeout=20) as client:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                answer = await client.get("/search", params={"limit": 1})
                if not answer.is_success:
                    continue
                heard.searches += 1
                total = answer.json()["total"]
                if total < heard.most and not await _is_behind(client, heard.most):
                    heard.lost.append(
                        f"search found {total} after {heard.most} practices and says that it is not behind"
                    )
                heard.most = max(heard.most, total)
            except _AWAY:
                continue


async def _is_behind(client: httpx.AsyncClient, wanted: int) -> bool:
    """Whether search says so; who caught up meanwhile finds all again."""
    status = (await client.get("/status")).raise_for_status().json()
    lag = status["lag"]
    if lag["events"] or not lag["connected"] or not status["complete"] or status["rebuild"]:
        return True
    answer = (await client.get("/search", params={"limit": 1})).raise_for_status()
    return bool(answer.json()["total"] >= wanted)
