"""The board: every case, by state and age, what needs the coordinator most first."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from services.web.board.need import AT_HAND, PAGED, Case, by_need, is_in, together
from services.web.board.words import state_words, stuck_words
from services.web.calls.api import Refused
from services.web.calls.vocabularies import Term
from services.web.page.visit import Visit

FILTERS: Final = ("theme", "sector", "language", "country")
VOCABULARIES: Final = ("kinds", "sectors", "themes", "languages", "countries", "conflict-reasons")
PAGE: Final = 25
_MOST: Final = 100  # what the service gives at once
_LONGEST_CURSOR: Final = 500
_NEWEST_FIRST: Final = ("approved", "rejected", "withdrawn", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHand:
    """The cases that may need somebody. ``whole`` is false when there are more than were fetched."""

    cases: list[Case]
    counts: dict[str, int]
    whole: bool

    def count(self, show: str) -> int:
        """How many cases a list of the board holds."""
        if show in ("stuck", "appealed"):
            return sum(1 for case in self.cases if is_in(case, show))
        if show == "all":
            return sum(self.counts[name] for name in ("open", *PAGED[:-1]))
        return self.counts[show]


async def board_page(visit: Visit, show: str) -> Response:
    """Render one list of the board, with how many every other holds."""
    query = visit.request.query_params
    asked = {name: query.get(name) or None for name in FILTERS}
    cursor = (query.get("cursor") or "")[:_LONGEST_CURSOR] or None
    try:
        at_hand, terms, paged = await asyncio.gather(
            cases_at_hand(visit, asked), visit.terms(*VOCABULARIES), _paged(visit, show, asked, cursor)
        )
    except Refused as error:
        if error.status != 422:  # noqa: PLR2004 - a filter or cursor that no page of ours makes
            raise
        return visit.go("/board")
    number = _number(query.get("page"))
    found = by_need(case for case in at_hand.cases if is_in(case, show)) if show in AT_HAND else paged["items"]
    first = (number - 1) * PAGE if show in AT_HAND else 0
    return await visit.page(
        "board/board.html",
        show=show,
        cases=found[first : first + PAGE],
        page=number,
        more=show in AT_HAND and len(found) > first + PAGE,
        next=paged["next"],
        cursor=cursor,
        at_hand=at_hand,
        asked=asked,
        filtered=any(asked.values()),
        namings=_namings(terms),
        terms=terms,
        state_of=lambda case: state_words(visit, case),
        stuck_of=lambda code: stuck_words(visit, code),
    )


async def cases_at_hand(visit: Visit, asked: dict[str, str | None]) -> AtHand:
    """Fetch what may need somebody: the open cases and those that wait for their authors, the oldest first.

    Where there are more open ones than come at once, also those that are late and those that are ready.
    """
    review = visit.services.review
    oldest = {"scope": "all", "sort": "oldest", "limit": _MOST, **asked}
    opened, waiting = await asyncio.gather(
        review.get("/cases", oldest | {"state": "open", "counts": True}),
        review.get("/cases", oldest | {"state": "changes_requested"}),
    )
    lists = [opened["items"], waiting["items"]]
    if opened["next"]:
        urgent = await asyncio.gather(
            *(review.get("/cases", {"scope": scope, "limit": _MOST, **asked}) for scope in ("overdue", "ready"))
        )
        lists += [one["items"] for one in urgent]
    whole = not opened["next"] and not waiting["next"]
    return AtHand(cases=together(*lists), counts=opened["counts"], whole=whole)


async def _paged(visit: Visit, show: str, asked: dict[str, str | None], cursor: str | None) -> dict[str, Any]:
    """Fetch one page of a list that the service pages through."""
    if show not in PAGED:
        return {"items": [], "next": None}
    state = None if show == "all" else show
    sort = "newest" if show in _NEWEST_FIRST else "oldest"
    query = {"scope": "all", "state": state, "sort": sort, "limit": PAGE, "cursor": cursor, **asked}
    found: dict[str, Any] = await visit.services.review.get("/cases", query)
    return found


def _number(asked: str | None) -> int:
    return max(1, int(asked)) if asked and asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1  # noqa: PLR2004


def _namings(terms: dict[str, dict[str, Term]]) -> dict[str, list[tuple[str, str]]]:
    """The options of the filters; languages and countries by name."""
    options = {name: [(term.code, term.label) for term in terms[name].values()] for name in ("themes", "sectors")}
    for name in ("languages", "countries"):
        labelled = [(term.code, term.label) for term in terms[name].values()]
        options[name] = sorted(labelled, key=lambda pair: pair[1].casefold())
    return options
