"""The home page, the search, and the suggestions under its box."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.web.calls.api import Away, Refused
from services.web.page.languages import direction
from services.web.page.visit import Visit, Visitor
from services.web.reader.asked import FACETS, LONGEST, Asked, is_tidy
from services.web.reader.atlas import Atlas
from services.web.reader.found import Page, page_of
from services.web.reader.practice import Card, card_of
from services.web.reuse.addresses import export_addresses, feed_address
from services.web.reuse.exports import MOST

_LATEST: Final = 6
_SUGGESTIONS: Final = 8
_UNPROCESSABLE: Final = 422
_LISTED: Final = 20  # countries of the list that show before it unfolds
_NAMES_OF_LISTS: Final = ("kinds", "sectors", "themes")


def search_routes() -> APIRouter:
    router = APIRouter()
    _home_route(router, Atlas())
    _search_route(router)
    _suggestions_route(router)
    return router


def _home_route(router: APIRouter, atlas: Atlas) -> None:
    @router.get("/")
    async def home(visit: Visitor) -> Response:
        """Search, the latest, and ways in by sector, theme and country. Each half does without the other."""
        counts, latest, terms = await asyncio.gather(_counts(visit), _latest(visit), visit.terms(*_NAMES_OF_LISTS))
        facets: dict[str, Any] = counts["facets"] if counts else {}
        countries = [row for row in facets.get("country", ()) if row["count"]]
        return await visit.page(
            "reader/home.html",
            total=counts["total"] if counts else None,
            facets=facets,
            plans=atlas.plans(countries),
            countries=countries,
            listed=_LISTED,
            latest=latest,
            feed=feed_address(None, visit.language),
            terms=terms,
        )


async def _counts(visit: Visit) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = await visit.services.search.get("/search", {"limit": "0", "lang": visit.language})
    except Away:
        return None
    return found


async def _latest(visit: Visit) -> list[Card] | None:
    query = {"limit": str(_LATEST), "view": "brief"}
    try:
        found = await visit.services.submissions.get("/practices", query)
    except Away:
        return None
    return [card_of(item, visit.formats) for item in found["items"]]


def _search_route(router: APIRouter) -> None:
    @router.get("/search")
    async def search(visit: Visitor) -> Response:
        """Results with facets. An address with empty or unknown parameters leads to the tidy one."""
        pairs = visit.request.query_params.multi_items()
        asked = Asked.of(pairs)
        by_script = "hx-request" in visit.request.headers
        if not by_script and not is_tidy(pairs, asked):
            return RedirectResponse(_tidy(asked, visit), 303)
        (page, left_out), terms = await asyncio.gather(_found(visit, asked), visit.terms("kinds", "sectors", "themes"))
        headers = {"hx-push-url": page.asked.address(cursor=page.asked.cursor)} if by_script else {}
        if "hx-history-restore-request" in visit.request.headers:
            headers = {}
        names = {facet: facet_name(visit, facet) for facet in FACETS}
        return await visit.page(
            "reader/search.html",
            headers=headers,
            found=page,
            left_out=left_out,
            terms=terms,
            names=names,
            feed=feed_address(page.asked, visit.language),
            exports=export_addresses(page.asked),
            most=MOST,
        )


def _tidy(asked: Asked, visit: Visit) -> str:
    """The tidy address; a language asked for in it goes along, as it is kept only by the page it leads to."""
    address = asked.address(cursor=asked.cursor)
    language = visit.request.query_params.get("lang")
    return address if language != visit.language else f"{address}{'&' if '?' in address else '?'}lang={language}"


async def _found(visit: Visit, asked: Asked) -> tuple[Page, bool]:
    """Search; what the service does not take (codes that are none, a cursor of other results) is left out, and told."""
    search = visit.services.search
    try:
        return page_of(asked, await search.get("/search", asked.query(visit.language))), False
    except Refused as refused:
        if not 400 <= refused.status < 500:  # noqa: PLR2004
            raise
        less = _without_refused(asked, refused)
        return page_of(less, await search.get("/search", less.query(visit.language))), True


def _without_refused(asked: Asked, refused: Refused) -> Asked:
    """Leave out the facets that were refused, or all when it is not told which. A cursor never outlives a refusal."""
    names = {str(error.get("parameter", "")).removeprefix("query.").partition(".")[0] for error in refused.errors}
    wrong = names & set(FACETS)
    kept = {facet: codes for facet, codes in asked.chosen.items() if facet not in wrong}
    only_cursor = "cursor" in names or refused.status != _UNPROCESSABLE
    text = asked.text
    if "q" in names:  # a filter typed with an unknown code: its words are searched for as words
        unknown = any(error.get("code") == "unknown-code" for error in refused.errors)
        text = text.replace(":", " ") if unknown else ""
    return Asked(text=text, chosen=kept if wrong or only_cursor else {}, sort=asked.sort)


def _suggestions_route(router: APIRouter) -> None:
    @router.get("/search/suggestions")
    async def suggestions(visit: Visitor, q: str = "") -> Response:
        """What begins like that, for the list under the box: text, what it is, where it leads."""
        text = Asked.of([("q", q)]).text[:LONGEST]
        items: list[dict[str, Any]] = []
        if text:
            query = {"q": text, "lang": visit.language, "limit": str(_SUGGESTIONS)}
            try:
                items = (await visit.services.search.get("/suggest", query))["items"]
            except (Away, Refused):
                items = []  # suggestions are a help: without them one types on
        found = [_suggestion(visit, item) for item in items]
        return JSONResponse({"items": found}, headers={"cache-control": "private, max-age=60"})


def _suggestion(visit: Visit, item: dict[str, str]) -> dict[str, str]:
    kind, code = item["kind"], item["code"]
    to = f"/practices/{code}" if kind == "title" else Asked(chosen={kind: (code,)}).address()
    names = {facet: facet_name(visit, facet) for facet in ("theme", "sector", "country", "region", "organisation")}
    kinds = names | {"title": visit._("Practice")}
    language = item["language"]
    spoken = {"lang": language, "dir": direction(language)} if language and language != visit.language else {}
    return {"text": item["text"], "kind": kinds.get(kind, ""), "to": to, **spoken}


def facet_name(visit: Visit, facet: str) -> str:
    """What a facet is called."""
    _ = visit._
    names = {
        "kind": _("Kind"),
        "sector": _("Sector"),
        "theme": _("Theme"),
        "country": _("Country"),
        "region": _("Region of the world"),
        "language": _("Language"),
        "year": _("Year"),
        "evidence_level": _("Evidence"),
        "organisation": _("Organisation"),
    }
    return names[facet]
