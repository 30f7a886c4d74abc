"""``python -m tests.faults``: let faults come under load, then check that nothing was lost, doubled or left undone."""

from __future__ import annotations

import argparse
import contextlib
import logging
import random
import secrets
import sys
import time
from pathlib import Path

from shared.service import run
from tests.faults.checker import violations
from tests.faults.clients import History, Probe, save_a_search, sign_everybody_in, submitting
from tests.faults.deck import chosen, every_fault, shuffled
from tests.faults.effects import wrong_effects
from tests.faults.fault import Fault
from tests.faults.loop import Recovery, faults_come, late
from tests.faults.observe import come_to_rest, observe
from tests.faults.rig import Rig
from tests.faults.see_effects import see_effects
from tests.faults.subscribers import Heard, eventually_heard, listening, wrongly_heard
from tests.faults.supervisor import supervised
from tests.life import People
from tests.servers import scratch
from tests.system import System


async def _play(
    system: System, faults: tuple[Fault, ...], dice: random.Random, *, seconds: float | None, clients: int
) -> list[str]:
    people = People.of(system, reviewers=1)
    await sign_everybody_in(system)
    await save_a_search(people)
    history = History()
    probe = Probe(system=system, people=people, history=history)
    order = shuffled(faults, dice, again=seconds is not None)
    until = None if seconds is None else time.monotonic() + seconds
    async with supervised(system), listening(system) as heard:
        async with submitting(people, history, clients):
            recoveries = await faults_come(system, order, dice, probe, until=until)
        took, waiting = await come_to_rest(system)
        there = await observe(system, waiting)
        effects = await see_effects(system, there, frozenset(history.approved))
        offered = [event for event in there.stream if event.id in effects.offered]
        await eventually_heard(heard, offered)
    await people.close()
    _tell(history, recoveries, took, heard)
    if not history.approved:
        return ["no contribution came to its end: nothing was tested"]
    return [
        *late(recoveries),
        *violations(history.told(), there),
        *wrong_effects(history.approved, effects),
        *wrongly_heard(heard, offered),
    ]


def _tell(history: History, recoveries: list[Recovery], took: float, heard: Heard) -> None:
    seconds = [one.seconds for one in recoveries if one.seconds is not None]
    print(
        f"  {len(recoveries)} faults, the longest recovery {max(seconds, default=0):.1f} s;"
        f" {len(history.created)} contributions made, {len(history.submitted)} submitted,"
        f" {len(history.approved)} approved; {len(history.unfinished)} given up by their client;"
        f" at rest after {took:.1f} s"
    )
    print(
        f"  {heard.searches} searches; the follower of /events was told {len(heard.by_follower)} events,"
        f" the partner on NATS {len(heard.by_partner)}"
    )
    for reason in history.unfinished:
        print(f"  given up: {reason}")


async def _main(
    rig: Rig, faults: tuple[Fault, ...], *, seed: int, seconds: float | None, clients: int, keep: Path | None
) -> None:
    logging.getLogger("nats").setLevel(logging.CRITICAL)  # servers that are down are the point here
    length = "each fault once" if seconds is None else f"{seconds:.0f} s"
    print(f"seed {seed}: {clients} clients, {length} (make faults SEED={seed} repeats the choice of faults)")
    with contextlib.ExitStack() as stack:
        folder = keep or stack.enter_context(scratch())
        async with rig.running(folder, keep=keep is not None) as system:
            found = await _play(system, faults, random.Random(seed), seconds=seconds, clients=clients)
    for violation in found:
        print(f"  VIOLATION: {violation}")
    print(
        "nothing lost, nothing doubled, order kept, each time well again"
        if not found
        else f"{len(found)} violations, seed {seed}"
    )
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="repeat a run's choice of faults")
    parser.add_argument(
        "--seconds", type=float, help="go on for so long, each fault once before any again (else: each once)"
    )
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="faults whose name holds this")
    parser.add_argument("--list", action="store_true", help="show the faults and do nothing")
    parser.add_argument("--cluster", action="store_true", help="on three members of MongoDB and three nodes of NATS")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--keep", type=Path, help="a folder for the servers' data and logs, kept afterwards")
    given = parser.parse_args()
    rig = Rig(cluster=given.cluster)
    try:
        deck = chosen(every_fault(rig), given.only)
    except ValueError as error:
        parser.error(str(error))
    if not rig.disks.allowed:
        print("left out: full disks, because this process may not mount file systems (it takes root)")
    if given.list:
        print(*(f"{fault.name} (up to {fault.longest:g} s)" for fault in deck), sep="\n")
    else:
        run(
            _main(
                rig,
                deck,
                seed=secrets.randbelow(1_000_000) if given.seed is None else given.seed,
                seconds=given.seconds,
                clients=given.clients,
                keep=given.keep,
            )
        )
