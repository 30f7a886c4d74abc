"""The page on which one chooses what to share."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from services.web.calls.api import Refused
from services.web.page.forms import Form, Posted
from services.web.page.visit import Member, Visit, Visitor
from services.web.share.begin import begin
from services.web.share.problems import problems_of
from shared.http.access import Role

_UNPROCESSABLE: Final = 422


def start_routes() -> APIRouter:
    router = APIRouter(prefix="/share")

    @router.get("")
    async def start(visit: Visitor) -> Response:
        """What can be shared, explained, and the way in."""
        return await _start_page(visit)

    @router.post("")
    async def begun(visit: Member, form: Form) -> Response:
        """Begin a draft."""
        try:
            draft = await begin(visit, form.text("kind"), form.text("source_language"), once=form.once)
        except Refused as refused:
            if refused.status != _UNPROCESSABLE:
                raise
            return await _start_page(visit, form, refused)
        return visit.go(f"/share/{draft['id']}/title")

    return router


async def _start_page(visit: Visit, form: Posted | None = None, refused: Refused | None = None) -> Response:
    terms = await visit.terms("kinds", "languages")
    own = (visit.person.language or "").partition("-")[0] if visit.person else ""
    problems = problems_of(visit, refused.errors) if refused else []
    return await visit.page(
        "share/start.html",
        status=_UNPROCESSABLE if refused else 200,
        kinds=terms["kinds"],
        tongues=[(code, term.label) for code, term in terms["languages"].items()],
        chosen=form.text("kind") if form else "",
        tongue=(form.text("source_language") if form else "") or (own if own in terms["languages"] else visit.language),
        problems=[one.for_summary for one in problems],
        errors={one.place.control: one.text for one in problems if one.place},
        may=visit.is_a(Role.MEMBER),
    )
