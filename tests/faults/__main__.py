"""``python -m tests.faults``: kill servers and services under load, then check that nothing was lost or doubled."""

import argparse
import asyncio
import contextlib
import logging
import random
import secrets
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from shared.service import run
from shared.tasks import stopped
from tests.contents import complete_content
from tests.faults.checker import Told, violations
from tests.faults.observe import come_to_rest, observe
from tests.life import Life, People, Refused
from tests.servers import scratch
from tests.system import SERVICES, System, running_system
from tests.waiting import eventually

VICTIMS = ("mongod", "nats", *SERVICES)
PEOPLE = (("member", "member", "org-a"), ("coordinator", "coordinator", "org-coordination"))


@dataclass(slots=True)
class History:
    """What the clients were told, as it happened."""

    created: set[str] = field(default_factory=set)
    submitted: set[str] = field(default_factory=set)
    approved: set[str] = field(default_factory=set)
    unfinished: list[str] = field(default_factory=list)

    def told(self) -> Told:
        return Told(
            created=frozenset(self.created), submitted=frozenset(self.submitted), approved=frozenset(self.approved)
        )


async def _live(people: People, history: History, marker: str) -> None:
    content = complete_content(kind="lesson_learned")
    content["title"][content["source_language"]]["text"] = marker
    life = Life(people=people, content=content, again=True, patience=90)
    await life.create()
    history.created.add(life.id)
    await life.submit()
    history.submitted.add(life.id)
    await life.review()
    await life.approve()
    history.approved.add(life.id)


async def _client(people: People, history: History, name: str, until: float) -> None:
    number = 0
    while time.monotonic() < until:
        number += 1
        try:
            await _live(people, history, f"Marked {name} {number}")
        except (Refused, KeyError) as error:
            history.unfinished.append(f"{name} {number}: {error}")


async def _faults(system: System, dice: random.Random, until: float) -> int:
    """Kill one after another, each up again after a moment; every one of them at least once."""
    begun = time.monotonic()
    deck: list[str] = []
    count = 0
    while time.monotonic() < until:
        await asyncio.sleep(dice.uniform(0.2, 3.0))
        if not deck:
            deck = list(VICTIMS)
            dice.shuffle(deck)
        victim = deck.pop()
        down = dice.uniform(0.0, 2.0)
        print(f"  {time.monotonic() - begun:6.1f} s  SIGKILL {victim}, up again after {down:.1f} s")
        await system.kill(victim)
        await asyncio.sleep(down)
        await system.restart(victim)
        count += 1
    return count


async def _supervise(system: System) -> None:
    """Start again what ended by itself, as any supervisor of processes does: a service without its database does."""
    while True:
        await asyncio.sleep(0.5)
        for service in SERVICES:
            if (system.services[service].code or 0) > 0:
                system.start(service)


async def _sign_everybody_in(system: System, reviewers: int) -> None:
    """Notifications learns an address from a person's own sign-in."""
    claims = [*PEOPLE, *((f"reviewer-{number}", "reviewer", "org-reviewers") for number in range(reviewers))]
    for sub, role, organisation in claims:
        async with system.client(
            "notifications", sub=sub, roles=[role], organisation=organisation, email=f"{sub}@example.org"
        ) as client:
            (await client.get("/me")).raise_for_status()


async def _play(system: System, dice: random.Random, *, seconds: float, clients: int) -> list[str]:
    people = People.of(system, reviewers=1)
    await _sign_everybody_in(system, 1)
    history = History()
    until = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(_client(people, history, f"client-{number}", until))
        killing = group.create_task(_faults(system, dice, until))
        watching = asyncio.create_task(_supervise(system))
    await people.close()
    for service in SERVICES:
        await eventually(partial(system.is_ready, service), timeout=60)
    await stopped(watching)
    took, waiting = await come_to_rest(system)
    print(
        f"  {killing.result()} kills; {len(history.created)} contributions made, {len(history.submitted)} submitted,"
        f" {len(history.approved)} approved; {len(history.unfinished)} given up by their client;"
        f" at rest after {took:.1f} s"
    )
    for reason in history.unfinished:
        print(f"  given up: {reason}")
    if not history.approved:
        return ["no contribution came to its end: nothing was tested"]
    return violations(history.told(), await observe(system, waiting))


async def _main(seed: int, seconds: float, clients: int, keep: Path | None) -> None:
    logging.getLogger("nats").setLevel(logging.CRITICAL)  # servers that are down are the point here
    print(f"seed {seed}: {clients} clients for {seconds:.0f} s (make faults SEED={seed} repeats the choice of faults)")
    with contextlib.ExitStack() as stack:
        folder = keep or stack.enter_context(scratch())
        async with running_system(folder) as system:
            found = await _play(system, random.Random(seed), seconds=seconds, clients=clients)
    for violation in found:
        print(f"  VIOLATION: {violation}")
    print("nothing lost, nothing doubled, order kept" if not found else f"{len(found)} violations, seed {seed}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="repeat a run's choice of faults")
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--keep", type=Path, help="a folder for the servers' data and logs, kept afterwards")
    chosen = parser.parse_args()
    run(
        _main(
            secrets.randbelow(1_000_000) if chosen.seed is None else chosen.seed,
            chosen.seconds,
            chosen.clients,
            chosen.keep,
        )
    )
