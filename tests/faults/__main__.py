"""``python -m tests.faults``: let faults come under load, then check that nothing was lost, doubled or left undone."""

from __future__ import annotations

import argparse
import contextlib
import logging
import random
import secrets
import subprocess
import sys
from pathlib import Path

from shared.service import run
from tests.faults.deck import chosen, every_fault
from tests.faults.fault import Fault
from tests.faults.play import play
from tests.faults.report import Run, page
from tests.faults.rig import Rig
from tests.servers import scratch


def main() -> int:
    """Run as the arguments say, and return the exit code: 1 when anything was violated."""
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
    parser.add_argument(
        "--runs", type=int, default=1, metavar="N", help="so many in a row, with this seed and the next"
    )
    parser.add_argument("--cluster-runs", type=int, default=0, metavar="N", help="then so many more on a cluster")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what came of them, after each, as a page")
    given = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if given.seed is None else given.seed
    clusters = [given.cluster] * given.runs + [True] * given.cluster_runs
    rigs = [Rig(cluster=cluster) for cluster in clusters]
    try:
        decks = [chosen(every_fault(rig), given.only) for rig in rigs]
    except ValueError as error:
        parser.error(str(error))
    if not rigs[0].disks.allowed:
        print("left out: full disks, because this process may not mount file systems (it takes root)")
    if given.list:
        print(*(f"{fault.name} (up to {fault.longest:g} s)" for fault in decks[0]), sep="\n")
        return 0
    runs: list[Run] = []
    for number, (rig, deck) in enumerate(zip(rigs, decks, strict=True)):
        keep = given.keep / str(seed + number) if given.keep and len(rigs) > 1 else given.keep
        runs.append(_run(rig, deck, seed=seed + number, seconds=given.seconds, clients=given.clients, keep=keep))
        if given.report:
            given.report.write_text(page(runs, version=_version()), "utf-8")
    return 1 if any(one.violations for one in runs) else 0


def _run(
    rig: Rig, faults: tuple[Fault, ...], *, seed: int, seconds: float | None, clients: int, keep: Path | None
) -> Run:
    logging.getLogger("nats").setLevel(logging.CRITICAL)  # servers that are down are the point here
    length = "each fault once" if seconds is None else f"{seconds:.0f} s"
    print(
        f"seed {seed}: {clients} clients, {length} (make faults SEED={seed} repeats the choice of faults)", flush=True
    )
    told: list[Run] = []

    async def act() -> None:
        with contextlib.ExitStack() as stack:
            folder = keep or stack.enter_context(scratch())
            folder.mkdir(parents=True, exist_ok=True)
            async with rig.running(folder, keep=keep is not None) as system:
                outcome = await play(system, faults, random.Random(seed), seconds=seconds, clients=clients)
        told.append(
            Run(
                seed=seed,
                cluster=rig.cluster,
                seconds=seconds,
                faults=[one.fault for one in outcome.recoveries],
                acknowledged=outcome.acknowledged,
                recovery=outcome.longest,
                violations=outcome.violations,
            )
        )

    run(act())
    (one,) = told
    for violation in one.violations:
        print(f"  VIOLATION: {violation}")
    print(
        f"{len(one.violations)} violations, seed {seed}"
        if one.violations
        else "nothing lost, nothing doubled, order kept, each time well again",
        flush=True,
    )
    return one


def _version() -> str:
    """Say which version of the source was run."""
    asked = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "no version"


if __name__ == "__main__":
    sys.exit(main())
