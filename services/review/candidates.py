"""Whom a coordinator could give a case to: everybody who reviews, the best first."""

from __future__ import annotations

import heapq
from datetime import datetime
from typing import TypeAlias, cast

from services.review.domain.case import Case
from services.review.domain.conflict import ConflictReason, conflicts
from services.review.domain.errors import (
    AlreadySeated,
    LoadCapReached,
    NotFresh,
    ReviewerHasConflict,
    ReviewerPaused,
)
from services.review.domain.policy import Policy
from services.review.domain.reviewer import Reviewer
from services.review.shapes import ReviewerItem, ReviewerPage
from services.review.store import Records
from services.review.views import because, reviewer_view
from shared.errors import DomainError
from shared.http.paging import decode_cursor, encode_cursor

# With a conflict, fit turned round, room turned round, id: what sorts first is the best.
_Rank: TypeAlias = tuple[bool, int, int, str]


async def candidates(
    records: Records, case: Case, *, cursor: str | None, limit: int, policy: Policy, now: datetime
) -> ReviewerPage:
    """Return those without conflict first, then by fit, then by the room they have left.

    Everybody is looked at, one after the other, and only a page of them kept.
    """
    after = cast("_Rank", decode_cursor(cursor, bool, int, int, str)) if cursor else None
    ranked = []
    async for one in records.every_reviewer():
        item = _item(one, case, policy=policy, now=now)
        rank: _Rank = (bool(item["conflict"]), -item["fit"], -item["spare"], one.person_id)
        if after is None or rank > after:
            ranked.append((rank, item))
        if len(ranked) > 4 * limit:
            ranked = _best(ranked, limit)
    page = _best(ranked, limit)
    more = len(page) > limit
    return {"items": [item for _, item in page[:limit]], "next": encode_cursor(*page[limit - 1][0]) if more else None}


def _best(ranked: list[tuple[_Rank, ReviewerItem]], limit: int) -> list[tuple[_Rank, ReviewerItem]]:
    """Return the first of them, and one more that tells whether there are others."""
    return heapq.nsmallest(limit + 1, ranked, key=lambda one: one[0])


def _item(reviewer: Reviewer, case: Case, *, policy: Policy, now: datetime) -> ReviewerItem:
    facets = case.facets
    found = conflicts(reviewer.as_person(now=now, memory=policy.memory), case.parties, case.declared)
    fit = reviewer.fit(
        sectors=frozenset(facets.sectors), themes=frozenset(facets.themes), languages=frozenset(facets.languages)
    )
    return {
        **reviewer_view(reviewer, policy=policy),
        "conflict": sorted(reason.value for reason in found),
        "fit": fit,
        "because": because(reviewer, case),
        "spare": reviewer.spare(default_cap=policy.load_cap, now=now),
        "hindrances": _hindrances(reviewer, case, found, policy=policy, now=now),
    }


def _hindrances(
    reviewer: Reviewer, case: Case, found: frozenset[ConflictReason], *, policy: Policy, now: datetime
) -> list[str]:
    """Name everything an assignment would be refused for, by the codes of the refusals."""
    refusals: list[type[DomainError]] = []
    if found:
        refusals.append(ReviewerHasConflict)
    if case.seat_of(reviewer.person_id):
        refusals.append(AlreadySeated)
    if reviewer.person_id in case.barred:
        refusals.append(NotFresh)
    try:
        reviewer.require_room(case.case_id, default_cap=policy.load_cap, now=now)
    except (ReviewerPaused, LoadCapReached) as refusal:
        refusals.append(type(refusal))
    return [refusal.code for refusal in refusals]
