"""The steps of the form: shown, saved, and where one goes from there."""

from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from services.web.calls.api import Refused
from services.web.page.forms import Form, Posted
from services.web.page.visit import Member, Visit
from services.web.share.fields import field_id
from services.web.share.load import ContributionId, load
from services.web.share.problems import problems_of
from services.web.share.saving import Outcome, save
from services.web.share.sheet import Sheet
from services.web.share.step import Step
from services.web.share.stepping import Asked, Trouble, step_page
from services.web.share.steps import place_of, step_named, steps_of
from shared.errors import NotFound
from shared.text import canonical_language

_UNPROCESSABLE: Final = 422
_CONFLICT: Final = 409
_AUTOSAVE: Final = "x-autosave"
_LONGEST_POINTER: Final = 500


def step_routes() -> APIRouter:
    """Return the routes of the form; they stand after all others that begin like them."""
    router = APIRouter(prefix="/share/{contribution_id}")
    router.add_api_route("", onwards, methods=["GET"])
    router.add_api_route("/at", at, methods=["GET"])
    router.add_api_route("/{step}", step_shown, methods=["GET"])
    router.add_api_route("/{step}", step_sent, methods=["POST"])
    return router


async def onwards(visit: Member, contribution_id: ContributionId) -> Response:
    """Go on where something is missing."""
    loaded = await load(visit, contribution_id)
    if not loaded.is_open:
        return closed(visit, contribution_id)
    step = next((one.step.name for one in loaded.states if one.state == "open"), "check")
    return visit.go(f"/share/{contribution_id}/{step}")


async def at(visit: Member, contribution_id: ContributionId, field: str = "") -> Response:
    """Go to the field that a JSON pointer into the content leads to."""
    view = await visit.services.submissions.get(f"/contributions/{contribution_id}")
    place = place_of(field[:_LONGEST_POINTER])
    if place is None:
        return visit.go(f"/share/{contribution_id}/check")
    return visit.go(place.address(contribution_id, view["content"].get("source_language")))


async def step_shown(visit: Member, contribution_id: ContributionId, step: str, request: Request) -> Response:
    """One step of the form; ``?in=`` another language of its texts, ``?add=`` one more empty row of a group."""
    query = request.query_params
    language = canonical_language(query.get("in", ""))
    asked = Asked(step=_known(step), language=language, extra=query.get("add", ""))
    loaded = await load(visit, contribution_id)
    if not loaded.is_open:
        return closed(visit, contribution_id)
    if asked.step.name != "kind" and not {"kind", "source_language"} <= loaded.content.keys():
        return visit.go(f"/share/{contribution_id}/kind", told=visit._("Choose these two first."))
    return await step_page(visit, loaded, asked)


async def step_sent(
    visit: Member, contribution_id: ContributionId, step: str, form: Form, request: Request
) -> Response:
    """Save a step, then go where the button leads; what is saved as one types gets JSON."""
    sheet = Sheet.sent(_known(step), form, await _country_codes(visit))
    typed = _AUTOSAVE in request.headers
    try:
        outcome = await save(visit.services.submissions, contribution_id, sheet, what_it_can=typed)
    except Refused as refused:
        if refused.status != _CONFLICT:
            raise
        return JSONResponse({"conflict": True}, _CONFLICT) if typed else closed(visit, contribution_id)
    if typed:
        return _told(outcome)
    if outcome.is_saved:
        return await _next(visit, contribution_id, sheet, form, outcome)
    loaded = await load(visit, contribution_id)
    trouble = Trouble(sheet=sheet, problems=problems_of(visit, outcome.errors), conflicts=outcome.conflicts)
    asked = Asked(step=sheet.step, language=sheet.language if sheet.translating else None)
    return await step_page(visit, loaded, asked, trouble)


def _known(name: str) -> Step:
    step = step_named(name)
    if step is None or not step.fields:
        raise NotFound("There is no such step.")
    return step


def closed(visit: Visit, contribution_id: str) -> Response:
    told = visit._("This contribution cannot be changed now. Here you see where it stands.")
    return visit.go(f"/mine/{contribution_id}", told=told, kind="problem")


async def _country_codes(visit: Visit) -> dict[str, str]:
    """Return country codes by all names that a person may write."""
    terms = (await visit.terms("countries"))["countries"]
    return {code.casefold(): code for code in terms} | {term.label.casefold(): code for code, term in terms.items()}


def _told(outcome: Outcome) -> Response:
    if outcome.conflicts:
        return JSONResponse({"conflict": True}, _CONFLICT)
    if outcome.errors:
        return JSONResponse({"refused": True}, _UNPROCESSABLE)
    return JSONResponse({"seen": str(outcome.seen), "kept_back": [field_id(name) for name in outcome.kept_back]})


async def _next(visit: Visit, contribution_id: str, sheet: Sheet, form: Posted, outcome: Outcome) -> Response:
    """Return the way that the pressed button leads."""
    wanted, _, name = form.text("do", "continue").partition(":")
    here = f"/share/{contribution_id}/{sheet.step.name}"
    if wanted in ("add", "remove", "stay"):
        return _same_page(visit, here, sheet, wanted, name)
    if wanted == "leave":
        return visit.go(f"/mine/{contribution_id}", told=visit._("Saved. You can go on whenever you like."))
    if sheet.translating:
        return visit.go(f"/share/{contribution_id}/languages", told=visit._("Saved."))
    view = outcome.view or await visit.services.submissions.get(f"/contributions/{contribution_id}")
    names = [step.name for step in steps_of(view["content"])]
    present = names.index(sheet.step.name) if sheet.step.name in names else 0
    if wanted == "back":
        return visit.go(f"/share/{contribution_id}/{names[max(present - 1, 0)]}")
    return visit.go(f"/share/{contribution_id}/{names[present + 1] if present + 1 < len(names) else 'check'}")


def _same_page(visit: Visit, here: str, sheet: Sheet, wanted: str, name: str) -> Response:
    """Show the step again: with one more row or one less, or as it is."""
    group = name.rpartition(".")[0] if wanted == "remove" else name
    field = next((one for one in sheet.fields if one.name == group), None)
    query = {"in": sheet.language} if sheet.translating else {}
    if field is None:
        return visit.go(f"{here}?{urlencode(query)}" if query else here, told=visit._("Saved."))
    if wanted == "add" and field.shape == "rows":
        count = len(sheet.values.get(field.name) or ())
        query |= {"add": field.name}
        return visit.go(f"{here}?{urlencode(query)}#{field_id(field.name)}-{count}-{field.parts[0].name}")
    return visit.go(f"{here}#{field_id(field.name)}{'-more' if field.shape == 'countries' and wanted == 'add' else ''}")
