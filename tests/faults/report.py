"""What came of several runs in a row, as a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

# By the first word of its name, what a fault befalls.
_KINDS: Final = {
    "SIGKILL": "processes",
    "SIGSTOP": "processes",
    "network": "network",
    "disk": "disks",
    "clock": "clocks",
    "mongod": "MongoDB",
    "durable": "NATS",
    "stream": "NATS",
    "all": "NATS",
    "leader": "NATS",
    "store": "NATS",
}
_MESSAGES: Final = "messages"
_COLUMNS: Final = (*dict.fromkeys(_KINDS.values()), _MESSAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: the names of its faults, how many writes were acknowledged, and what did not hold.

    ``seconds`` is for how long faults came, without it each came once; ``recovery`` the longest seconds until all was
    well again.
    """

    seed: int
    cluster: bool
    seconds: float | None
    faults: Sequence[str]
    acknowledged: int
    recovery: float
    violations: Sequence[str]


def page(runs: Sequence[Run], *, version: str) -> str:
    """Return the page; ``version`` says what was run."""
    red = sum(1 for run in runs if run.violations)
    faults = sum(len(run.faults) for run in runs)
    writes = sum(run.acknowledged for run in runs)
    return "\n".join(
        [
            "# Runs of faults",
            "",
            "Written by `make faults` with `--report`: the whole system under load, one fault after another, and in",
            "the end a checker that reads every database, every stream and the API of search",
            "([what comes, and what has to hold](../operations/faults.md)).",
            "",
            f"Run on {datetime.now(UTC).date()}, of {version}: {len(runs)} runs in a row, {faults} faults,",
            f"{writes:,} acknowledged writes. {_outcome(red)}",
            "",
            f"| seed | servers | seconds | {' | '.join(_COLUMNS)} | acknowledged | longest recovery | result |",
            f"|{'---|' * (len(_COLUMNS) + 6)}",
            *(_row(run) for run in runs),
            "",
            "Columns in the middle count the faults by what they befell. Acknowledged are writes that a client was",
            "told of: a contribution made, submitted, approved. The longest recovery is from the end of a fault until",
            "every service is ready and a contribution has gone all its way; 30 s are promised.",
            "",
            *_violations(runs),
        ]
    )


def _outcome(red: int) -> str:
    return (
        f"**{red} were red.**"
        if red
        else "**Nothing was lost, doubled or out of order, and each time all was well again.**"
    )


def _row(run: Run) -> str:
    counts = Counter(kind_of(name) for name in run.faults)
    cells = [
        str(run.seed),
        "three of each" if run.cluster else "one of each",
        "each once" if run.seconds is None else f"{run.seconds:.0f}",
        *(str(counts[kind]) for kind in _COLUMNS),
        f"{run.acknowledged:,}",
        f"{run.recovery:.1f} s",
        f"{len(run.violations)} violations" if run.violations else "green",
    ]
    return f"| {' | '.join(cells)} |"


def _violations(runs: Sequence[Run]) -> list[str]:
    found = [f"- seed {run.seed}: {violation}" for run in runs for violation in run.violations]
    return ["## Violations", "", *found, ""] if found else []


def kind_of(fault: str) -> str:
    """Return what a fault befalls, by its name."""
    return _KINDS.get(fault.partition(" ")[0], _MESSAGES)
