"""The page of a case: what was submitted, and beside it the review or what else can be done about it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from services.web.calls.api import Refused
from services.web.calls.published import published_among
from services.web.calls.vocabularies import Term
from services.web.page.visit import Visit
from services.web.reviews.contribution import VOCABULARIES, Contribution, Terms, label_of, read, shown_at
from services.web.reviews.desk import desk_order
from services.web.reviews.refusals import NOT_FOUND, called
from services.web.reviews.written import CRITERIA, GATES, OUTCOMES, SCORES, SEVERITIES, Written
from shared.http.access import Role

REVIEW_VOCABULARIES = (
    "review-gates",
    "review-criteria",
    "review-scores",
    "recommendations",
    "comment-severities",
    "conflict-reasons",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What somebody typed that is not saved, or not all of it: it is shown again in the form.

    ``other`` is what another window saved meanwhile.
    """

    written: Written
    errors: list[dict[str, str]] = field(default_factory=list)
    other: Written | None = None


async def find_case(visit: Visit, case_id: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return a case and the visitor's own review of it, None when they never took it."""
    case, review = await asyncio.gather(visit.services.review.get(f"/cases/{case_id}"), own_review(visit, case_id))
    return case, review


async def own_review(visit: Visit, case_id: str) -> dict[str, Any] | None:
    if not visit.is_a(Role.REVIEWER):
        return None
    try:
        found: dict[str, Any] = await visit.services.review.get(f"/cases/{case_id}/review")
    except Refused as error:
        if error.status == NOT_FOUND:
            return None
        raise
    return found


def standing(case: dict[str, Any], now: datetime) -> str:
    """How the visitor stands to a case: ``writing``, ``lapsed``, ``finished``, ``free``, ``full`` or ``closed``."""
    mine = case.get("mine")
    if mine and mine["completed_at"]:
        return "finished"
    if case["state"] != "open":
        return "closed"
    if mine:
        return "writing" if datetime.fromisoformat(mine["lease_until"]) > now else "lapsed"
    return "free" if case["places_left"] else "full"


async def show_case(visit: Visit, case_id: str, *, status: int = 200, typed: Typed | None = None) -> Response:
    """Render the page, with what was ``typed`` in place of what is saved."""
    (case, review), terms = await asyncio.gather(
        find_case(visit, case_id), visit.terms(*VOCABULARIES, *REVIEW_VOCABULARIES)
    )
    if "content" not in case:  # a coordinator with a conflict of interest
        return await visit.page("reviews/kept_out.html", case=case, terms=terms)
    asked = visit.request.query_params
    wanted = asked.get("text")
    contribution = read(case["content"], terms=terms, formats=visit.formats, wanted=wanted)
    stands = standing(case, datetime.now(UTC)) if visit.is_a(Role.REVIEWER) else "reading"
    saved = Written.from_review(review)
    written = typed.written if typed else saved
    fields = terms["fields"]
    other = typed.other if typed else None
    alike = (near["contribution_id"] for near in case["near_duplicates"])
    public, nexts = await asyncio.gather(
        published_among(visit.services.submissions, alike), _next_cases(visit, finished=stands == "finished")
    )
    return await visit.page(
        "reviews/case.html",
        status=status,
        case=case,
        terms=terms,
        contribution=contribution,
        public=public,
        wanted=wanted,
        shown_in=contribution.title.language if contribution.title else contribution.source,
        stands=stands,
        review=review,
        written=written,
        version=f'"{review["version"]}"' if review else '"0"',
        unsaved=typed is not None and not written.like(saved),
        errors=typed.errors if typed else [],
        wrong={error["field"]: error["text"] for error in typed.errors} if typed else {},
        other=other,
        differing=[(name, called(visit, name, terms), other.values[name]) for name in written.differing(other)]
        if other
        else [],
        about=_about(asked.get("about"), fields),
        called=lambda name: called(visit, name, terms),
        words_of=lambda name, value: words_of(visit, name, value, terms),
        options=lambda pointer: _places(contribution, pointer, fields, visit),
        outcomes=[
            (code, terms["recommendations"][code].label, terms["recommendations"][code].meaning) for code in OUTCOMES
        ],
        fresh_place=max((one.place for one in written.remarks), default=-1) + 1,
        field_label=lambda pointer: label_of(pointer, fields) or visit._("The whole contribution"),
        shown_at=lambda pointer: shown_at(pointer, contribution),
        answers={answer["comment_id"]: answer["text"] for answer in case["answers"]},
        kept_as=visit.site.seal.signature(
            "kept", f"{visit.person and visit.person.person_id}.{case_id}.{case['round']}"
        ),
        nexts=nexts,
        GATES=GATES,
        CRITERIA=CRITERIA,
        SCORES=SCORES,
        severities=[(code, terms["comment-severities"][code].label) for code in SEVERITIES],
    )


def words_of(visit: Visit, name: str, value: str, terms: Terms) -> str:
    """Say the value of a field of the review form in words."""
    _ = visit._
    known = terms["review-scores"] if name.startswith("score-") else terms["recommendations"]
    said = {"yes": _("Yes"), "no": _("No"), "": _("nothing yet")}
    if name.startswith(("score-", "recommendation")) and value in known:
        return known[value].label
    return said.get(value, value)


def _places(
    contribution: Contribution, pointer: str, fields: Mapping[str, Term], visit: Visit
) -> list[tuple[str, str]]:
    """What a comment can be about; one that is about a smaller place keeps it."""
    places = contribution.places(visit._("The whole contribution"), fields)
    known = any(place == pointer for place, _label in places)
    return places if known else [*places, (pointer, label_of(pointer, fields))]


def _about(asked: str | None, fields: Any) -> str | None:
    """The pointer that the next comment begins with, if there is such a field."""
    return asked if asked is not None and (not asked or label_of(asked, fields)) else None


async def _next_cases(visit: Visit, *, finished: bool) -> list[dict[str, Any]]:
    """What to do after a review is ``finished``: the next that is mine, else one that nobody has."""
    if not finished:
        return []
    mine, free = await asyncio.gather(
        visit.services.review.get("/cases", {"scope": "mine", "limit": 50}),
        visit.services.review.get("/cases", {"scope": "unclaimed", "limit": 10}),
    )
    todo = [case for case in mine["items"] if not case["mine"]["completed_at"]]
    return desk_order(todo)[:1] or sorted(free["items"], key=lambda case: -case["fit"])[:1]
