"""``python -m tests.faults.webhooks``: kill the deliverer at random under load, with ten receivers, one flapping.

With ``--hearer`` what is killed also hears the events, from its durable; else this process does that for it. Checked
afterwards: each receiver acknowledged each event at least once; where order was asked, in the order of each practice
and in the same order everywhere; every attempt carried the event's id and a signature that holds.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import random
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import nats
from standardwebhooks import Webhook, WebhookVerificationError

from services.syndication.hear_practices import HearPractices
from services.syndication.settings import SyndicationSettings
from services.syndication.store import Records
from shared.bus.publish import publish_row
from shared.bus.topology import EVENTS
from shared.clock import utc_now
from shared.events.base import EventData
from shared.events.envelope import Received as Heard
from shared.events.practices import PracticeConfirmed, PracticePublished
from shared.service import run
from shared.store.client import Store
from tests.receivers import Answering, Received, close, hang, receiving, status
from tests.servers import scratch
from tests.services.syndication.saying import practice, said
from tests.system import System, running_system
from tests.waiting import eventually

RECEIVERS = 10
ORDERED = 5  # the first so many, the flapping one among them
FLAPPING = 0
PRACTICES = 12
EVENTS_A_SECOND = 15.0
REST_SECONDS = 150.0
Publish = Callable[[Heard[Any]], Awaitable[None]]

WHO: Mapping[str, Any] = {"sub": "ana", "roles": ["member"], "organisation": "org-a"}


@dataclass(slots=True, kw_only=True)
class Place:
    """A receiver and its endpoint: ``attempts`` are all requests, ``acknowledged`` the ids answered 2xx, in order."""

    number: int
    is_ordered: bool
    endpoint: dict[str, Any] = field(default_factory=dict)
    attempts: list[Received] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One event that was published: the ``version``-th of its practice."""

    id: str
    practice: str
    version: int


def violations(published: Sequence[Said], places: Sequence[Place]) -> list[str]:
    """Say what was promised and is not so."""
    found: list[str] = []
    by_id = {one.id: one for one in published}
    orders: dict[tuple[str, ...], int] = {}
    for place in places:
        missing = by_id.keys() - set(place.acknowledged)
        found += [f"receiver {place.number} never acknowledged {one}" for one in sorted(missing)]
        found += [f"receiver {place.number}: {wrong}" for wrong in _wrong_attempts(place)]
        if place.is_ordered:
            first = tuple(dict.fromkeys(place.acknowledged))
            found += [f"receiver {place.number}: {wrong}" for wrong in _disorder([by_id[one] for one in first])]
            orders.setdefault(first, place.number)
    if len(orders) > 1:
        found.append(f"receivers {sorted(orders.values())} got the same events in different orders")
    return found


def _wrong_attempts(place: Place) -> list[str]:
    found = []
    for one in place.attempts:
        if one.id != json.loads(one.body)["id"]:
            found.append(f"an attempt of {json.loads(one.body)['id']} carried the id {one.id}")
        try:
            Webhook(place.endpoint["secret"]).verify(one.body.decode(), one.headers)
        except WebhookVerificationError as error:
            found.append(f"an attempt of {one.id} does not verify: {error}")
    return found


def _disorder(first: Sequence[Said]) -> list[str]:
    seen: dict[str, int] = {}
    found = []
    for one in first:
        before = seen.get(one.practice, 0)
        if one.version != before + 1:
            found.append(f"{one.practice}: version {one.version} was acknowledged after {before}")
        seen[one.practice] = one.version
    return found


@dataclass(slots=True, kw_only=True)
class Flapping:
    """How the flapping receiver answers: as the dice fall, until it is told to behave."""

    dice: random.Random
    well: bool = False

    def __call__(self) -> Answering | None:
        """Return how to answer; None for yes."""
        if self.well:
            return None
        return self.dice.choice((None, None, None, status(500), close, hang))


async def _receive(stack: AsyncExitStack, place: Place, flapping: Flapping) -> str:
    """Run the receiver of a place; return its address."""
    yes = status(200)

    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        place.attempts.append(request)
        no = flapping() if place.number == FLAPPING else None
        if no is None:
            place.acknowledged.append(request.id)
        await (no or yes)(request, writer)

    return (await stack.enter_async_context(receiving(answer))).url


async def _subscribe(system: System, place: Place, url: str) -> None:
    body = {"name": f"Receiver {place.number}", "url": url, "ordered": place.is_ordered}
    async with system.client("syndication", **WHO) as client:
        answer = await client.post("/webhooks", json=body)
        answer.raise_for_status()
        place.endpoint = answer.json()


@contextlib.asynccontextmanager
async def _on_the_bus(system: System) -> AsyncIterator[Publish]:
    """Publish events as the relay of submissions does: the process that is killed has to hear them, too."""
    connection = await nats.connect(system.nats.url)
    js = connection.jetstream()

    async def publish(event: Heard[Any]) -> None:
        row = {
            "_id": event.id,
            "aggregate": event.aggregate,
            "version": event.version,
            "targets": [{"stream": EVENTS, "subject": event.data.subject}],
            "body": event.envelope.to_bytes(),
        }
        await publish_row(js, row)

    yield publish
    await connection.close()


@contextlib.asynccontextmanager
async def _as_heard(system: System) -> AsyncIterator[Publish]:
    """Take events as the durable does, in this process that nobody kills: what is killed has only to deliver.

    That hearing survives too is what ``tests.faults`` shows of every service.
    """
    database = SyndicationSettings.model_fields["database"].default
    store = await Store.connect(system.mongod.url, database, service="syndication")
    hear = HearPractices(Records.of(store.db))

    async def publish(event: Heard[Any]) -> None:
        await store.transact(partial(hear.on_published, event), cause=event.envelope)

    yield publish
    await store.close()


async def _publish(publish: Publish, dice: random.Random, until: float) -> list[Said]:
    """Say public events of some practices, one after the other, as submissions would."""
    published: list[Said] = []
    versions = dict.fromkeys((f"practice-{number}" for number in range(PRACTICES)), 0)
    while time.monotonic() < until:
        name = dice.choice(list(versions))
        versions[name] += 1
        one = practice(name)
        first = versions[name] == 1
        data: EventData = PracticePublished(practice=one) if first else PracticeConfirmed(practice=one)
        event = said(data, name, versions[name], time=utc_now())
        await publish(event)
        published.append(Said(id=event.id, practice=name, version=event.version))
        await asyncio.sleep(dice.expovariate(EVENTS_A_SECOND))
    return published


async def _kill(system: System, dice: random.Random, until: float) -> int:
    kills = 0
    while time.monotonic() < until:
        await asyncio.sleep(dice.uniform(0.1, 2.5))
        await system.kill("syndication")
        await asyncio.sleep(dice.uniform(0.0, 0.5))
        await system.restart("syndication")
        await system.wait_ready("syndication")
        kills += 1
    return kills


async def _come_to_rest(system: System, places: Sequence[Place], published: Sequence[Said]) -> float:
    """Have what waits for the flapping endpoint sent at once, as its people would, and wait until nothing waits."""
    begun = time.monotonic()
    async with system.client("syndication", **WHO) as client:
        flapping = f"/webhooks/{places[FLAPPING].endpoint['id']}"
        if (await client.get(flapping)).json()["state"] == "active":
            (await client.post(f"{flapping}/pause")).raise_for_status()
        (await client.post(f"{flapping}/resume")).raise_for_status()

        async def nothing_waits() -> bool:
            waiting = [one["waiting"] for one in (await client.get("/webhooks")).json()["items"]]
            heard = all(len(set(place.acknowledged)) == len(published) for place in places)
            return heard and not any(waiting)

        with contextlib.suppress(AssertionError):  # the check says what is missing
            await eventually(nothing_waits, timeout=REST_SECONDS, every=0.2)
    return time.monotonic() - begun


async def play(seed: int, *, seconds: float, hearer: bool = False) -> list[str]:
    """Run it once; return what was promised and is not so. ``hearer``: what is killed hears the events as well."""
    dice = random.Random(seed)
    places = [Place(number=number, is_ordered=number < ORDERED) for number in range(RECEIVERS)]
    flapping = Flapping(dice=random.Random(seed + 1))
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(scratch())
        system = await stack.enter_async_context(running_system(folder, services=("syndication",)))
        for place in places:
            await _subscribe(system, place, await _receive(stack, place, flapping))
        publish = await stack.enter_async_context(_on_the_bus(system) if hearer else _as_heard(system))
        until = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            publishing = group.create_task(_publish(publish, random.Random(seed + 2), until))
            killing = group.create_task(_kill(system, dice, until))
        published = publishing.result()
        flapping.well = True
        took = await _come_to_rest(system, places, published)
        attempts = sum(len(place.attempts) for place in places)
        once = len(published) * RECEIVERS
        print(
            f"seed {seed}: {killing.result()} kills; {len(published)} events to {RECEIVERS} receivers:"
            f" {attempts} attempts for {once} deliveries; at rest {took:.1f} s after the last"
        )
        if not published or not killing.result():
            return ["nothing was tested"]
        return violations(published, places)


async def _main(seed: int, seconds: float, *, hearer: bool) -> None:
    logging.getLogger("nats").setLevel(logging.CRITICAL)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    print(f"seed {seed}, {seconds:.0f} s (make faults-webhooks SEED={seed} repeats the choice of faults)")
    found = await play(seed, seconds=seconds, hearer=hearer)
    for violation in found[:50]:
        print(f"  VIOLATION: {violation}")
    print(
        "each event arrived everywhere, in order where asked" if not found else f"{len(found)} violations, seed {seed}"
    )
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.faults.webhooks", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="repeat a run's choice of faults")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--hearer", action="store_true", help="what is killed also hears the events, from its durable")
    chosen = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if chosen.seed is None else chosen.seed
    run(_main(seed, chosen.seconds, hearer=chosen.hearer))
