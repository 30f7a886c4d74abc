"""The page of a case for its coordinator: what was submitted, who reviews it, whom it can be given to."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from starlette.responses import Response

from services.web.board.words import FORBIDDEN, hindrance_words, state_words, stuck_words, why_not_assigned
from services.web.calls.api import Query, Refused
from services.web.calls.published import published_among
from services.web.calls.receipts import receipt_of
from services.web.page.forms import Form
from services.web.page.visit import Coordinator, Visit

CaseId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,100}$")]
VOCABULARIES: Final = ("kinds", "sectors", "themes", "conflict-reasons", "recommendations", "decision-reasons")
_MOST_REVIEWERS: Final = 100


def case_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/board/{case_id}")
    async def case(visit: Coordinator, case_id: CaseId) -> Response:
        """The case, its seats, and the reviewers with what each could take."""
        return await show_case(visit, case_id)

    @router.post("/board/{case_id}/assign")
    async def assign(visit: Coordinator, form: Form, case_id: CaseId) -> Response:
        """Give the case to a reviewer."""
        _ = visit._
        body = {"reviewer_id": form.text("reviewer_id")[:200]}
        try:
            await visit.services.review.post(f"/cases/{case_id}/assign", body, once=form.once)
        except Refused as error:
            return visit.go(f"/board/{case_id}", told=why_not_assigned(visit, error), kind="problem")
        told = _("Assigned. The reviewer is told, and has the case on their desk.")
        return visit.go(f"/board/{case_id}#reviewers", told=told)

    return router


async def show_case(visit: Visit, case_id: str) -> Response:
    case, reviewers, terms = await asyncio.gather(
        visit.services.review.get(f"/cases/{case_id}"), reviewers_for(visit, case_id), visit.terms(*VOCABULARIES)
    )
    if "content" not in case:
        return await kept_out(visit, case)
    names = names_of(reviewers["items"])
    alike = (near["contribution_id"] for near in case["near_duplicates"])
    approved = case["contribution_id"] if case["state"] == "approved" else None
    public, receipt = await asyncio.gather(
        published_among(visit.services.submissions, alike), receipt_of(visit.services, approved)
    )
    return await visit.page(
        "board/case.html",
        case=case,
        content=case["content"],
        reviewers=reviewers["items"],
        more_reviewers=reviewers["next"] is not None,
        names=names,
        public=public,
        terms=terms,
        receipt=receipt,
        decided=case["earlier"][-1] if case["earlier"] and case["state"] != "open" else None,
        state_of=lambda one: state_words(visit, one),
        stuck_of=lambda code: stuck_words(visit, code),
        hindrance_of=lambda code: hindrance_words(visit, code),
    )


async def kept_out(visit: Visit, case: Mapping[str, Any]) -> Response:
    """What a coordinator with a conflict of interest sees: that there is such a case, and how far it is."""
    terms = await visit.terms("kinds", "conflict-reasons")
    return await visit.page("board/kept_out.html", case=case, terms=terms, state_of=lambda one: state_words(visit, one))


async def reviewers_for(visit: Visit, case_id: str) -> dict[str, Any]:
    """Return the reviewers as they would fit a case; none for a coordinator who may not see them."""
    try:
        query: Query = {"case_id": case_id, "limit": _MOST_REVIEWERS}
        found: dict[str, Any] = await visit.services.review.get("/reviewers", query)
    except Refused as error:
        if error.status != FORBIDDEN:
            raise
        return {"items": [], "next": None}
    return found


def names_of(reviewers: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The names of reviewers by their id."""
    return {one["person_id"]: one["name"] for one in reviewers}
