"""What needs the coordinator most, and which of the cases at hand each list of the board shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Case = Mapping[str, Any]

OPEN: Final = "open"
# Lists made of the cases at hand, and those that the service pages through.
AT_HAND: Final = ("open", "stuck", "overdue", "ready", "reviewing", "appealed")
PAGED: Final = ("changes_requested", "approved", "rejected", "withdrawn", "all")
SHOWS: Final = (*AT_HAND, *PAGED)

# The first that holds says how much a case needs somebody: a decision that is late before one that waits, and so on.
_NEEDS: Final = (
    ("ready", "overdue"),
    ("ready-undecided",),
    ("ready", "appeal"),
    ("ready",),
    ("overdue",),
    ("no-reviewer",),
    ("too-few-reviewers",),
    ("appeal",),
    ("lease-ending",),
    ("author-silent",),
)


def marks(case: Case) -> frozenset[str]:
    """Everything about a case that makes it need somebody."""
    held = {name for name in ("ready", "overdue", "appeal") if case[name] and case["state"] == OPEN}
    return frozenset(held | set(case["stuck"]))


def by_need(cases: Iterable[Case]) -> list[Case]:
    """What needs the coordinator most first; among equals what is due first."""

    def place(case: Case) -> tuple[int, str, str]:
        held = marks(case)
        rank = next((rank for rank, names in enumerate(_NEEDS) if held.issuperset(names)), len(_NEEDS))
        return rank, case["due_at"], case["case_id"]

    return sorted(cases, key=place)


def is_in(case: Case, show: str) -> bool:
    """Tell whether a case at hand belongs to a list of the board."""
    is_open = bool(case["state"] == OPEN)
    match show:
        case "stuck":
            return bool(case["stuck"])
        case "overdue":
            return is_open and bool(case["overdue"])
        case "appealed":
            return is_open and bool(case["appeal"])
        case "ready":
            return is_open and bool(case["ready"])
        case "reviewing":
            return is_open and not case["ready"]
    return is_open


def together(*lists: Sequence[Case]) -> list[Case]:
    """Join lists of cases, each case once."""
    return list({case["case_id"]: case for one in lists for case in one}.values())
