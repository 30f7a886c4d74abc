"""The queue: what is mine, what nobody has, what is late, what waits for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pymongo import ASCENDING, DESCENDING

from services.review.counting import Column, board_counts, desk_counts
from services.review.domain.case import Case, CaseState
from services.review.domain.conflict import Person, conflicts
from services.review.domain.policy import Policy
from services.review.domain.reviewer import Reviewer
from services.review.domain.standstill import standstills
from services.review.people import remembered
from services.review.shapes import CaseItem, CasePage, Counts
from services.review.store import Records
from services.review.views import because, claim_view, outline
from shared.errors import Forbidden
from shared.http.access import Principal, Role
from shared.http.paging import decode_cursor, encode_cursor

_OPEN = CaseState.OPEN.value


class Sort(StrEnum):
    """The order of all cases; the other lists have their own."""

    NEWEST = "newest"
    OLDEST = "oldest"


class Scope(StrEnum):
    """Which cases. ``ready`` and ``all`` are for coordinators; ``overdue`` is mine for reviewers, all for them."""

    MINE = "mine"
    UNCLAIMED = "unclaimed"
    OVERDUE = "overdue"
    READY = "ready"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for; a filter that is None, or names no state, does not filter."""

    scope: Scope
    states: tuple[Column, ...] = ()
    sort: Sort = Sort.NEWEST
    counts: bool = False
    sector: str | None = None
    theme: str | None = None
    language: str | None = None
    country: str | None = None
    cursor: str | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True)
class _Order:
    """A total order of cases: fields with their direction, and the kinds that a cursor holds."""

    fields: tuple[tuple[str, int], ...]
    kinds: tuple[type, ...]

    def key(self, case: Case) -> tuple[Any, ...]:
        return tuple(case.case_id if name == "_id" else getattr(case, name) for name, _ in self.fields)

    def after(self, key: tuple[Any, ...]) -> dict[str, Any]:
        """A query for what comes after the key: equal in the first fields, beyond it in the next."""
        steps = []
        for index, (name, direction) in enumerate(self.fields):
            equal = {before: key[place] for place, (before, _) in enumerate(self.fields[:index])}
            steps.append(equal | {name: {"$gt" if direction == ASCENDING else "$lt": key[index]}})
        return {"$or": steps}


_FEWEST_REVIEWS = _Order((("completed", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)), (int, datetime, str))
_DUE = _Order((("next_due", ASCENDING), ("_id", ASCENDING)), (datetime, str))
_NEWEST = _Order((("opened_at", DESCENDING), ("_id", DESCENDING)), (datetime, str))
_OLDEST = _Order((("opened_at", ASCENDING), ("_id", ASCENDING)), (datetime, str))


def _order(wanted: Wanted) -> _Order:
    if wanted.scope is Scope.ALL:
        return _OLDEST if wanted.sort is Sort.OLDEST else _NEWEST
    return _FEWEST_REVIEWS if wanted.scope is Scope.UNCLAIMED else _DUE


async def queue(records: Records, who: Principal, wanted: Wanted, *, policy: Policy, now: datetime) -> CasePage:
    """Return a page of the queue. A reviewer's never holds a case they have a conflict of interest with.

    Forbidden for the scopes of coordinators, Invalid for a cursor that is none of ours.
    """
    coordinator = Role.COORDINATOR in who.roles
    if wanted.scope in (Scope.READY, Scope.ALL) and not coordinator:
        raise Forbidden("This list is for coordinators.")
    order = _order(wanted)
    after = order.after(decode_cursor(wanted.cursor, *order.kinds)) if wanted.cursor else {}
    reviewer, person = await remembered(records, who, policy=policy, now=now)
    common = [_filters(wanted)] if coordinator else [_filters(wanted), _impartial(person)]
    scope = _scope(wanted.scope, who.person_id, coordinator=coordinator, now=now)
    found = await records.page(_all_of(scope, _states(wanted), after, *common), order.fields, limit=wanted.limit + 1)
    page = found[: wanted.limit]
    more = len(found) > wanted.limit
    return {
        "items": [_item(case, reviewer, person, coordinator=coordinator, policy=policy, now=now) for case in page],
        "next": encode_cursor(*order.key(page[-1])) if more else None,
        "counts": await _counts(records, wanted, person, coordinator=coordinator, now=now) if wanted.counts else None,
    }


async def _counts(records: Records, wanted: Wanted, person: Person, *, coordinator: bool, now: datetime) -> Counts:
    """Count what the filters let through, whatever state or page is asked for."""
    filters = _filters(wanted)
    if wanted.scope is Scope.ALL:
        return await board_counts(records, filters, now=now)
    common = [filters] if coordinator else [filters, _impartial(person)]
    scopes = [Scope.MINE, Scope.UNCLAIMED, Scope.OVERDUE, *([Scope.READY] if coordinator else [])]
    queries = {one: _scope(one, person.person_id, coordinator=coordinator, now=now) for one in scopes}
    return await desk_counts(records, {one.value: _all_of(query, *common) for one, query in queries.items()})


def _all_of(*queries: Mapping[str, Any]) -> dict[str, Any]:
    parts = [query for query in queries if query]
    return {"$and": parts} if parts else {}


def _states(wanted: Wanted) -> dict[str, Any]:
    return {"$or": [column.query for column in wanted.states]} if wanted.states else {}


def _scope(scope: Scope, me: str, *, coordinator: bool, now: datetime) -> dict[str, Any]:
    if scope is Scope.MINE:
        return {"state": _OPEN, "seats.reviewer_id": me}
    if scope is Scope.UNCLAIMED:
        free = {"state": _OPEN, "places_left": {"$gt": 0}}
        return free if coordinator else free | {"seats.reviewer_id": {"$ne": me}, "barred": {"$ne": me}}
    if scope is Scope.OVERDUE:
        if coordinator:
            return {"state": _OPEN, "next_due": {"$lt": now}}
        late = {"reviewer_id": me, "completed_at": None, "due_at": {"$lt": now}}
        return {"state": _OPEN, "seats": {"$elemMatch": late}}
    return {"state": _OPEN, "ready": True} if scope is Scope.READY else {}


def _filters(wanted: Wanted) -> dict[str, Any]:
    given: Mapping[str, str | None] = {
        "sectors": wanted.sector,
        "themes": wanted.theme,
        "languages": wanted.language,
        "countries": wanted.country,
    }
    return {name: value for name, value in given.items() if value is not None}


def _impartial(person: Person) -> dict[str, Any]:
    """The rule of conflicts as a query, so that pages are full; a test holds the two together."""
    if not person.organisations:
        return {"_id": {"$in": []}}
    query: dict[str, Any] = {
        "known": True,
        "organisations": {"$nin": sorted(person.organisations)},
        "authors": {"$ne": person.person_id},
        "co_authors": {"$ne": person.person_id},
        "declared": {"$ne": person.person_id},
    }
    if person.name_key:
        query["author_names"] = {"$ne": person.name_key}
    return query


def _item(
    case: Case, reviewer: Reviewer, person: Person, *, coordinator: bool, policy: Policy, now: datetime
) -> CaseItem:
    facets = case.facets
    seat = case.seat_of(person.person_id)
    return {
        **outline(case, now=now),
        "mine": claim_view(case, seat, policy=policy) if seat else None,
        "fit": reviewer.fit(
            sectors=frozenset(facets.sectors),
            themes=frozenset(facets.themes),
            languages=frozenset(facets.languages),
        ),
        "because": because(reviewer, case),
        "conflict": sorted(reason.value for reason in conflicts(person, case.parties, case.declared)),
        "stuck": [found.value for found in standstills(case, policy=policy, now=now)] if coordinator else [],
    }
