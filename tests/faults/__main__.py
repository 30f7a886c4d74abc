"""``python -m tests.faults``: let faults come under load, then check that nothing was lost, doubled or left undone."""

from __future__ import annotations

import argparse
import contextlib
import logging
import random
import secrets
import sys
from pathlib import Path

from shared.service import run
from tests.faults.deck import chosen, every_fault
from tests.faults.fault import Fault
from tests.faults.play import play
from tests.faults.rig import Rig
from tests.servers import scratch


async def _main(
    rig: Rig, faults: tuple[Fault, ...], *, seed: int, seconds: float | None, clients: int, keep: Path | None
) -> None:
    logging.getLogger("nats").setLevel(logging.CRITICAL)  # servers that are down are the point here
    length = "each fault once" if seconds is None else f"{seconds:.0f} s"
    print(f"seed {seed}: {clients} clients, {length} (make faults SEED={seed} repeats the choice of faults)")
    with contextlib.ExitStack() as stack:
        folder = keep or stack.enter_context(scratch())
        async with rig.running(folder, keep=keep is not None) as system:
            found = await play(system, faults, random.Random(seed), seconds=seconds, clients=clients)
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
