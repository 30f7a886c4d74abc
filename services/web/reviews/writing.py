"""Saving a review as it is typed, and finishing it."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path
from starlette.responses import JSONResponse, Response

from services.web.calls.api import Refused
from services.web.page.forms import Form, Posted
from services.web.page.visit import Reviewer, Visit
from services.web.reviews.case_page import REVIEW_VOCABULARIES, Typed, own_review, show_case
from services.web.reviews.refusals import CONFLICT, STALE, WRONG, why_not, wrong_fields
from services.web.reviews.written import Written, without

CaseId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,100}$")]
BLANK = '"0"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What came of saving: the new version (an ETag) and what is wrong, field by field.

    ``other`` is there when another window saved something else first; then nothing was saved.
    """

    version: str
    errors: tuple[dict[str, Any], ...] = ()
    other: Written | None = None


async def save(visit: Visit, case_id: str, written: Written, version: str) -> Saving:
    """Save all of the form; a field that is refused keeps no other from being saved. Raises Refused otherwise."""
    try:
        return await _save(visit, case_id, written, version)
    except Refused as error:
        if error.status != STALE:
            raise
    present = await own_review(visit, case_id) or {"version": 0}
    other, version = Written.from_review(present), f'"{present["version"]}"'
    return Saving(version=version, other=None if other.like(written) else other)


async def _save(visit: Visit, case_id: str, written: Written, version: str) -> Saving:
    path, patch = f"/cases/{case_id}/review", written.patch()
    try:
        answer = await visit.services.review.ask("PATCH", path, body=patch, if_match=version)
    except Refused as error:
        if error.status != WRONG:
            raise
        rest = without(patch, [one["pointer"] for one in error.errors])
        answer = await visit.services.review.ask("PATCH", path, body=rest, if_match=version)
        return Saving(version=answer.etag or version, errors=tuple(error.errors))
    return Saving(version=answer.etag or version)


def writing_routes() -> APIRouter:
    router = APIRouter()

    @router.post("/cases/{case_id}/review")
    async def write(visit: Reviewer, form: Form, case_id: CaseId) -> Response:
        """Save the form, and do what its button says: finish, comment on a field, keep the case longer."""
        written = Written.from_form(form)
        try:
            saving = await save(visit, case_id, written, form.text("version") or BLANK)
            if not saving.other and not saving.errors:
                return await _go_on(visit, case_id, form)
        except Refused as error:
            return await _refused(visit, case_id, written, error)
        if saving.other:
            return await _two_windows(visit, case_id, written, saving.other)
        return await _wrong(visit, case_id, written, list(saving.errors))

    @router.post("/cases/{case_id}/review/typed")
    async def type_on(visit: Reviewer, form: Form, case_id: CaseId) -> Response:
        """The same for a script, in JSON."""
        written = Written.from_form(form)
        try:
            saving = await save(visit, case_id, written, form.text("version") or BLANK)
        except Refused as error:
            return JSONResponse({"problem": why_not(visit, error)}, CONFLICT)
        if saving.other:
            return JSONResponse({"version": saving.version, "theirs": saving.other.said()}, STALE)
        terms = await visit.terms(*REVIEW_VOCABULARIES)
        problems = wrong_fields(visit, list(saving.errors), written, terms)
        return JSONResponse({"version": saving.version, "problems": problems})

    return router


async def _go_on(visit: Visit, case_id: str, form: Posted) -> Response:
    """All is saved: do what the button says."""
    _ = visit._
    match form.text("do"):
        case "finish":
            await visit.services.review.post(f"/cases/{case_id}/review/complete", once=form.once)
            return visit.go(f"/cases/{case_id}")  # the page itself says thank you
        case "renew":
            kept = await visit.services.review.post(f"/cases/{case_id}/renew", once=form.once)
            until = visit.formats.moment(kept["lease_until"])
            return visit.go(f"/cases/{case_id}", told=_("This case is now yours until {until}.").format(until=until))
        case "hand-back":
            return visit.go(f"/cases/{case_id}/hand-back")
    return visit.go(_onward(case_id, form), told=_("Saved."))


async def _refused(visit: Visit, case_id: str, written: Written, error: Refused) -> Response:
    """Show the page again with what was typed; what kept it from being saved or finished is said in it."""
    if error.status == WRONG:
        return await _wrong(visit, case_id, written, error.errors)
    said = why_not(visit, error)
    if error.code == "review-completed":
        return visit.go(f"/cases/{case_id}", told=said, kind="problem")
    typed = Typed(written=written, errors=[{"field": "", "text": said}])
    return await show_case(visit, case_id, status=CONFLICT, typed=typed)


async def _wrong(visit: Visit, case_id: str, written: Written, errors: list[dict[str, Any]]) -> Response:
    terms = await visit.terms(*REVIEW_VOCABULARIES)
    typed = Typed(written=written, errors=wrong_fields(visit, errors, written, terms))
    return await show_case(visit, case_id, status=WRONG, typed=typed)


async def _two_windows(visit: Visit, case_id: str, written: Written, other: Written) -> Response:
    """Show both: here what was typed, beside it what another window saved; no word of either is lost."""
    _ = visit._
    said = _("This review was changed in another window meanwhile. Nothing is saved yet: look at both and save.")
    typed = Typed(written=written.filled_from(other), errors=[{"field": "", "text": said}], other=other)
    return await show_case(visit, case_id, status=CONFLICT, typed=typed)


def _onward(case_id: str, form: Posted) -> str:
    """Where the button of a form leads: back to where one was."""
    query = {name: form.text(name) for name in ("text", "about") if form.has(name)}
    place = "new-comment" if "about" in query else "contribution" if "text" in query else "my-review"
    return f"/cases/{case_id}{'?' + urlencode(query) if query else ''}#{place}"
