"""The list of saved searches, and saving one."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.web.calls.api import Refused
from services.web.page.forms import Form, Posted
from services.web.page.visit import SignedIn, Visit
from services.web.reader.asked import FACETS, Asked
from services.web.searches.shown import FREQUENCIES, NAME_LENGTH, asked_of, looked_for

_CONFLICT: Final = 409
_UNPROCESSABLE: Final = 422
_DELETED: Final = Query(max_length=64, pattern=r"^[0-9a-f-]+$")


def overview_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/searches")
    async def searches(visit: SignedIn, deleted: Annotated[str, _DELETED] = "") -> Response:
        """What the person has saved; what was just deleted can be taken back."""
        found = await visit.services.search.get("/saved-searches")
        items = found["items"]
        shown = await looked_for(visit, *map(asked_of, items))
        return await visit.page(
            "searches/searches.html",
            searches=list(zip(items, shown, strict=True)),
            most=found["most"],
            deleted=deleted,
            frequencies=frequencies(visit),
        )

    @router.get("/searches/save")
    async def ask(visit: SignedIn) -> Response:
        """What will be saved, under which name, and how often it tells."""
        asked = Asked.of(visit.request.query_params.multi_items())
        if not asked.text and not asked.chosen:
            return visit.go(
                "/search", told=visit._("Search for something first; then you can save it."), kind="problem"
            )
        return await _asked(visit, asked)

    @router.post("/searches")
    async def save(visit: SignedIn, form: Form) -> Response:
        asked = Asked.of([(name, value) for name in ("q", *FACETS) for value in form.texts(name)])
        filters: dict[str, list[Any]] = {facet: list(codes) for facet, codes in asked.chosen.items()}
        if "year" in filters:
            filters["year"] = [int(year) for year in filters["year"] if year.isascii() and year.isdigit()]
        body = {
            "name": form.text("name"),
            "q": asked.text,
            "filters": filters,
            "frequency": form.text("frequency"),
            "language": visit.language,
        }
        try:
            await visit.services.search.post("/saved-searches", body, once=form.once)
        except Refused as refused:
            return await _refused(visit, asked, form, refused)
        return visit.go("/searches", told=visit._("Saved. You hear of what is new as often as you chose."))

    return router


def frequencies(visit: Visit) -> list[tuple[str, str]]:
    """How often a search tells, in words."""
    _ = visit._
    words = {"at_once": _("At once"), "daily": _("Once a day"), "off": _("Never, only in the feed")}
    return [(code, words[code]) for code in FREQUENCIES]


async def _asked(
    visit: Visit, asked: Asked, *, form: Posted | None = None, wrong: dict[str, str] | None = None, same: str = ""
) -> Response:
    (looked,) = await looked_for(visit, asked)
    given = {"name": looked.name, "frequency": "daily"}
    if form:
        given = {name: form.text(name) for name in given}
    wrong = wrong or {}
    return await visit.page(
        "searches/save.html",
        status=_UNPROCESSABLE if wrong or same else 200,
        looked=looked,
        given=given,
        wrong=wrong,
        errors=[{"field": field, "text": text} for field, text in wrong.items()],
        same=same,
        frequencies=frequencies(visit),
        longest=NAME_LENGTH,
    )


async def _refused(visit: Visit, asked: Asked, form: Posted, refused: Refused) -> Response:
    """Say what is in the way, with everything that was typed."""
    _ = visit._
    if refused.status == _CONFLICT and refused.code == "saved-already":
        return await _asked(visit, asked, form=form, same=str(refused.problem.get("name", "")))
    if refused.status == _CONFLICT and refused.code == "too-many-saved-searches":
        most = visit.formats.number(refused.problem.get("most", 0))
        text = _("You have saved {most} searches, as many as there is room for. Delete one first.").format(most=most)
        return await _asked(visit, asked, form=form, wrong={"": text})
    pointers = {str(error.get("pointer", "")) for error in refused.errors}
    if refused.status == _UNPROCESSABLE and "/name" in pointers:
        text = _("Give it a name of one line, of at most {n} characters.").format(n=NAME_LENGTH)
        return await _asked(visit, asked, form=form, wrong={"name": text})
    if refused.status == _UNPROCESSABLE and "/q" in pointers:
        return await _asked(visit, asked, form=form, wrong={"": _("There is no word in it to search for.")})
    raise refused
