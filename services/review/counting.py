"""How many cases there are: on a coordinator's board by state, on a desk by what it lists."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.review.domain.case import CaseState
from services.review.shapes import Counts
from services.review.store import Records

_OPEN = CaseState.OPEN.value


class Column(StrEnum):
    """What a board is filtered by: the states of a case, and within ``open`` those still in review and those that wait
    for a decision.
    """

    OPEN = "open"
    REVIEWING = "reviewing"
    READY = "ready"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def query(self) -> dict[str, Any]:
        if self in (Column.REVIEWING, Column.READY):
            return {"state": _OPEN, "ready": self is Column.READY}
        return {"state": self.value}


async def board_counts(records: Records, filters: Mapping[str, Any], *, now: datetime) -> Counts:
    """Return the number of cases in each column, and of the open ones those that are overdue or have places free."""
    states, within = await asyncio.gather(records.count_states(filters), records.count_open(filters, now=now))
    return {
        "open": states.get(_OPEN, 0),
        "reviewing": within["open"] - within["ready"],
        "ready": within["ready"],
        "changes_requested": states.get(CaseState.CHANGES_REQUESTED.value, 0),
        "approved": states.get(CaseState.APPROVED.value, 0),
        "rejected": states.get(CaseState.REJECTED.value, 0),
        "withdrawn": states.get(CaseState.WITHDRAWN.value, 0),
        "overdue": within["overdue"],
        "unclaimed": within["unclaimed"],
    }


async def desk_counts(records: Records, scopes: Mapping[str, Mapping[str, Any]]) -> Counts:
    """Return how many cases each list of the caller's desk holds; ``scopes`` are the lists as queries."""
    numbers = await asyncio.gather(*map(records.count, scopes.values()))
    counts: Counts = {}
    for name, number in zip(scopes, numbers, strict=True):
        counts[name] = number  # type: ignore[literal-required]  # names of scopes are among those of counts
    return counts
