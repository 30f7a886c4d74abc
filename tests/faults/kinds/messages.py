"""Faults of what is on the bus: events that nobody can handle, and one that a service dies of again and again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from nats.js import JetStreamContext

from shared.bus.dead_letters import SEARCH, dead_letters
from shared.bus.topology import CATALOGUE, DURABLES, EVENTS, FAMILIES
from shared.ids import new_id
from shared.tasks import stopped
from tests.contents import complete_content
from tests.faults.clients import PATIENCE_SECONDS
from tests.faults.fault import Act, Fault
from tests.faults.kinds.bus import connected
from tests.faults.planted import POISONS, PREFIX, Planted, drafted, poison
from tests.life import Life, People
from tests.system import System
from tests.waiting import eventually

GIVEN_UP_SECONDS = 30.0
DELIVERED_AGAIN_SECONDS = 35.0  # what a process held that died comes again after half a minute
VICTIMS = ("review", "notifications", "syndication")


def faults() -> tuple[Fault, ...]:
    return (
        *(Fault(name=f"poison {kind}", act=_poisoned(kind)) for kind in POISONS),
        Fault(name="poison in the catalogue", act=_catalogue_poisoned),
        Fault(name="event before an earlier one", act=_early, longest=8.0),
        Fault(name="event twice under another id", act=_repeated),
        Fault(name="consumer crash-loops", act=_crash_loop, shortest=35.0, longest=45.0),
    )


def _poisoned(kind: str) -> Act:
    @asynccontextmanager
    async def act(system: System, dice: random.Random) -> AsyncIterator[None]:
        """One on the subjects of each family: each consumer gives up its own, and nothing stops."""
        messages = [poison(family, kind) for family in dice.sample(FAMILIES, len(FAMILIES))]
        async with connected(system) as connection:
            js = connection.jetstream(timeout=5)
            for message in messages:
                await _publish(js, message)
            yield
            wanted = {
                (durable.name, message.id)
                for message in messages
                for durable in DURABLES
                if message.subject.startswith(f"{durable.family}.")
            }
            await eventually(lambda: _given_up(js, wanted), GIVEN_UP_SECONDS, every=0.5)

    return act


@asynccontextmanager
async def _catalogue_poisoned(system: System, _: random.Random) -> AsyncIterator[None]:
    """A snapshot that nobody can read: search puts it aside, and goes on."""
    identifier = f"{PREFIX}{new_id()}"
    async with connected(system) as connection:
        js = connection.jetstream(timeout=5)
        headers = {"Nats-Msg-Id": identifier}
        await js.publish(f"catalogue.{identifier}", b"\xff no snapshot", stream=CATALOGUE, headers=headers)
        yield
        await eventually(lambda: _search_gave_up(js, identifier), GIVEN_UP_SECONDS, every=0.5)


@asynccontextmanager
async def _early(system: System, _: random.Random) -> AsyncIterator[None]:
    """An event waits for the one before it, and is no dead letter when that comes."""
    aggregate = f"{PREFIX}{new_id()}"
    async with connected(system) as connection:
        js = connection.jetstream(timeout=5)
        await _publish(js, drafted(aggregate, 2))
        yield
        await _publish(js, drafted(aggregate, 1))


@asynccontextmanager
async def _repeated(system: System, _: random.Random) -> AsyncIterator[None]:
    """A version that was there before has no effect, whatever it says."""
    aggregate = f"{PREFIX}{new_id()}"
    async with connected(system) as connection:
        js = connection.jetstream(timeout=5)
        await _publish(js, drafted(aggregate, 1))
        await _publish(js, drafted(aggregate, 1))
        yield


@asynccontextmanager
async def _crash_loop(system: System, dice: random.Random) -> AsyncIterator[str]:
    """One service dies of each delivery of the events of one contribution, which then goes all its way."""
    service = dice.choice(VICTIMS)
    file = system.folder / f"deadly-{new_id()}"
    before = system.commands.copy()
    system.commands[service] = ("-m", "tests.faults.crashing", service, str(file))
    await system.kill(service)
    system.start(service)
    await system.wait_ready(service)
    people = People.of(system, reviewers=1)
    content = complete_content(kind="lesson_learned")
    content["title"][content["source_language"]]["text"] = f"Marked {file.name}"
    life = Life(people=people, content=content, again=True, patience=PATIENCE_SECONDS)
    await life.create()
    file.write_text(life.id)
    living = asyncio.create_task(_live(life))
    try:
        yield service
        deaths = _deaths(file)
        file.unlink()
        system.commands.clear()
        system.commands.update(before)
        if deaths < 2:
            raise AssertionError(f"{service} died {deaths} times: there was no loop")
        await asyncio.wait_for(living, DELIVERED_AGAIN_SECONDS + PATIENCE_SECONDS)
    finally:
        await stopped(living)
        await people.close()


async def _live(life: Life) -> None:
    await life.submit()
    await life.review()
    await life.approve()
    await life.found("deadly", every=0.2)


def _deaths(file: Path) -> int:
    deaths = file.with_suffix(".deaths")
    return len(deaths.read_text().splitlines()) if deaths.exists() else 0


async def _publish(js: JetStreamContext, message: Planted) -> None:
    await js.publish(message.subject, message.body, stream=EVENTS, headers=message.headers)


async def _given_up(js: JetStreamContext, wanted: set[tuple[str, str]]) -> bool:
    found = {(letter.durable, letter.event_id) for letter in await dead_letters(js)}
    assert wanted <= found, f"not given up: {sorted(wanted - found)[:3]}"
    return True


async def _search_gave_up(js: JetStreamContext, identifier: str) -> bool:
    return any(letter.subject == f"catalogue.{identifier}" for letter in await dead_letters(js, durable=SEARCH))
