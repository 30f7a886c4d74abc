"""The desk: what is mine, in the order it is due, and what is open to claim. Pure but for ``desk_page``."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from services.web.page.visit import Visit
from services.web.reviews.contribution import Terms

FILTERS = {"sector": "sectors", "theme": "themes", "language": "languages", "country": "countries"}
_MINE_AT_ONCE = 50
_FREE_AT_ONCE = 10


def desk_order(cases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The soonest due first, by when my own review is due."""
    return sorted(cases, key=lambda case: (case["mine"]["due_at"], case["case_id"]))


def is_late(case: Mapping[str, Any], now: datetime) -> bool:
    return datetime.fromisoformat(case["mine"]["due_at"]) < now


def best_first(cases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that fit what I know first; else in the order of the service (fewest reviews, soonest due)."""
    return sorted(cases, key=lambda case: -case["fit"])


def reasons(because: Mapping[str, Sequence[str]], terms: Terms, visit: Visit) -> list[str]:
    """What of a case the reviewer knows, in words."""
    labels = [
        terms[name][code].label for name in ("themes", "sectors") for code in because[name] if code in terms[name]
    ]
    return labels + [visit.formats.language_name(tag) for tag in because["languages"]]


def has_profile(me: Mapping[str, Any]) -> bool:
    return bool(me["sectors"] or me["themes"] or me["languages"])


def _namings(terms: Terms) -> dict[str, list[tuple[str, str]]]:
    """The options of the filters."""
    options = {name: [(term.code, term.label) for term in terms[name].values()] for name in ("themes", "sectors")}
    for name in ("languages", "countries"):
        labelled = [(term.code, term.label) for term in terms[name].values()]
        options[name] = sorted(labelled, key=lambda pair: pair[1].casefold())
    return options


async def desk_page(visit: Visit) -> Response:
    """Render the desk: three calls at once. A filter that is none of ours filters nothing."""
    terms = await visit.terms("kinds", "sectors", "themes", "languages", "countries")
    given = {name: visit.request.query_params.get(name) or "" for name in FILTERS}
    asked = {name: value if value in terms[FILTERS[name]] else None for name, value in given.items()}
    cursor = visit.request.query_params.get("cursor")
    review = visit.services.review
    mine, free, me = await asyncio.gather(
        review.get("/cases", {"scope": "mine", "limit": _MINE_AT_ONCE, "counts": True}),
        review.get("/cases", {"scope": "unclaimed", "limit": _FREE_AT_ONCE, "cursor": cursor, "counts": True, **asked}),
        review.get("/reviewers/me"),
    )
    now = datetime.now(UTC)
    todo = desk_order([case for case in mine["items"] if not case["mine"]["completed_at"]])
    paused = me["paused_until"] if me["paused_until"] and datetime.fromisoformat(me["paused_until"]) > now else None
    return await visit.page(
        "reviews/desk.html",
        me=me,
        paused=paused,
        full=me["load"] >= me["load_cap"],
        has_profile=has_profile(me),
        late=[case for case in todo if is_late(case, now)],
        todo=[case for case in todo if not is_late(case, now)],
        lapsed=lambda case: datetime.fromisoformat(case["mine"]["lease_until"]) <= now,
        waiting=[case for case in mine["items"] if case["mine"]["completed_at"]],
        more_mine=mine["next"] is not None,
        free=best_first(free["items"]),
        next=free["next"],
        counts=mine["counts"],
        found=free["counts"]["unclaimed"],
        cursor=cursor,
        asked=asked,
        namings=_namings(terms),
        filtered=any(asked.values()),
        terms=terms,
        reasons=lambda case: reasons(case["because"], terms, visit),
    )
