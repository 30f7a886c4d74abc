"""The pages of reviewers, and what their forms do. Nothing here is for authors."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response, StreamingResponse

from services.web.calls.api import Refused
from services.web.page.forms import Form
from services.web.page.visit import Reviewer, SignedIn, Visit
from services.web.reviews.case_page import find_case, show_case
from services.web.reviews.desk import desk_page
from services.web.reviews.profile import profile_routes
from services.web.reviews.refusals import WRONG, why_not
from services.web.reviews.writing import writing_routes
from shared.errors import Forbidden
from shared.http.access import Role

CaseId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,100}$")]
FileId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$")]
_PASSED_ON = ("content-type", "content-length", "content-disposition", "content-security-policy", "etag")


def reviews_routes() -> APIRouter:
    router = APIRouter()
    router.include_router(_reading_routes())
    router.include_router(_claim_routes())
    router.include_router(_farewell_routes())
    router.include_router(writing_routes())
    router.include_router(profile_routes())
    return router


def _reading_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/reviews")
    async def desk(visit: Reviewer) -> Response:
        """What is mine and what is open to claim."""
        return await desk_page(visit)

    @router.get("/cases/{case_id}")
    async def case(visit: SignedIn, case_id: CaseId) -> Response:
        """A case; for a reviewer with a conflict of interest there is none."""
        _require_sight(visit)
        return await show_case(visit, case_id)

    @router.get("/cases/{case_id}/attachments/{attachment_id}")
    async def attachment(visit: SignedIn, case_id: CaseId, attachment_id: FileId) -> Response:
        """A file of what was submitted, passed on piece by piece."""
        _require_sight(visit)
        contribution_id = case_id.rpartition("-")[0]
        path = f"/contributions/{contribution_id}/attachments/{attachment_id}"
        opened = visit.services.submissions.stream(path, headers={"accept-encoding": "identity"})
        answer = await opened.__aenter__()

        async def pieces() -> AsyncIterator[bytes]:
            try:
                async for piece in answer.aiter_bytes():
                    yield piece
            finally:  # also when the reader goes away half way
                await opened.__aexit__(None, None, None)

        headers = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
        return StreamingResponse(pieces(), headers=headers | {"cache-control": "private, no-store"})

    return router


def _claim_routes() -> APIRouter:
    router = APIRouter()

    @router.post("/cases/{case_id}/claim")
    async def claim(visit: Reviewer, form: Form, case_id: CaseId) -> Response:
        """Take the case, and open it."""
        _ = visit._
        try:
            taken = await visit.services.review.post(f"/cases/{case_id}/claim", once=form.once)
        except Refused as error:
            said = why_not(visit, error)
            if error.code == "already-claimed":
                return visit.go(f"/cases/{case_id}")
            return visit.go("/reviews", told=said, kind="problem")
        until = visit.formats.moment(taken["lease_until"])
        told = _("This case is yours until {until}. What you write is saved as you go.").format(until=until)
        return visit.go(f"/cases/{case_id}", told=told)

    return router


def _farewell_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/cases/{case_id}/hand-back")
    async def ask_back(visit: Reviewer, case_id: CaseId) -> Response:
        """Ask once, and say what stays."""
        case, review = await find_case(visit, case_id)
        return await visit.page("reviews/hand_back.html", case=case, begun=bool(review and review["version"]))

    @router.post("/cases/{case_id}/hand-back")
    async def hand_back(visit: Reviewer, form: Form, case_id: CaseId) -> Response:
        """Give the case back."""
        _ = visit._
        try:
            await visit.services.review.post(f"/cases/{case_id}/release", once=form.once)
        except Refused as error:
            return visit.go("/reviews", told=why_not(visit, error), kind="problem")
        return visit.go(
            "/reviews", told=_("You handed the case back. What you wrote is kept for you, unseen by others.")
        )

    @router.get("/cases/{case_id}/conflict")
    async def ask_conflict(visit: SignedIn, case_id: CaseId) -> Response:
        """Explain what a conflict of interest is, and ask for it."""
        _require_sight(visit)
        return await _conflict_page(visit, case_id)

    @router.post("/cases/{case_id}/conflict")
    async def declare(visit: SignedIn, form: Form, case_id: CaseId) -> Response:
        """Declare it; the case is out of sight from then on."""
        _require_sight(visit)
        _ = visit._
        reason = form.text("reason")
        if not reason:
            return await _conflict_page(visit, case_id, error=_("Say in a sentence what connects you with it."))
        try:
            path = f"/cases/{case_id}/conflict"
            await visit.services.review.post(path, {"reason": reason}, once=form.once)
        except Refused as error:
            if error.status != WRONG:
                raise
            wrong = _("This cannot be saved: it is too long, or holds a character that cannot be kept.")
            return await _conflict_page(visit, case_id, error=wrong, reason=reason)
        told = _("Thank you for saying so. The case is no longer shown to you, and somebody else will review it.")
        return visit.go("/reviews" if visit.is_a(Role.REVIEWER) else f"/cases/{case_id}", told=told)

    return router


async def _conflict_page(visit: Visit, case_id: str, *, error: str = "", reason: str = "") -> Response:
    case: dict[str, Any] = await visit.services.review.get(f"/cases/{case_id}")
    terms = await visit.terms("conflict-reasons")
    errors = [{"field": "reason", "text": error}] if error else []
    return await visit.page(
        "reviews/conflict.html",
        status=WRONG if error else 200,
        case=case,
        known=terms["conflict-reasons"],
        errors=errors,
        error=error,
        reason=reason,
    )


def _require_sight(visit: Visit) -> None:
    if not visit.is_a(Role.REVIEWER, Role.COORDINATOR):
        raise Forbidden("Cases are for reviewers and coordinators.")
