"""Exports of a search: the words and filters of its address, in the order of its results, up to a thousand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from services.web.page.visit import Visit, Visitor
from services.web.reader.asked import Asked
from services.web.reader.practice import Json
from services.web.reuse.exports import LISTS, MOST, Bibtex, Csv, Form, Found, JsonList, Reading, Ris

_AT_ONCE: Final = 100
_FORMS: Final[Mapping[str, Callable[[], Form]]] = {"json": JsonList, "bib": Bibtex, "ris": Ris}


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A page of a search: how many there are in all, the ids on this page, the cursor of the next."""

    total: int
    ids: list[str]
    next: str | None


Search = Callable[[str], Awaitable[Results]]
Practices = Callable[[list[str]], Awaitable[list[Json]]]


def export_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/search/export.{form}")
    async def export(visit: Visitor, form: Literal["csv", "json", "bib", "ris"], bom: bool = False) -> Response:
        """A file of what is found. The first page of results is there before it begins: a refusal has its page."""
        asked = Asked.of(visit.request.query_params.multi_items())
        search, practices = partial(_searched, visit, asked), partial(_practices, visit)
        first, terms = await asyncio.gather(search(""), visit.terms(*LISTS))
        reading = Reading(formats=visit.formats, terms=terms, origin=visit.site.settings.origin)
        writer = Csv(bom=bom) if form == "csv" else _FORMS[form]()
        rows = everything(first, search, practices, most=MOST)
        pieces = _written(writer, rows, reading, Found(total=first.total))
        headers = {"content-disposition": f'attachment; filename="practice-exchange.{form}"'}
        return StreamingResponse(pieces, media_type=writer.media_type, headers=headers)

    return router


async def everything(first: Results, search: Search, practices: Practices, *, most: int) -> AsyncIterator[Json]:
    """Yield what was found, page by page, up to ``most``.

    When a service goes away meanwhile the file ends as a broken one, never as if it were whole.
    """
    page, left = first, most
    while True:
        ids = page.ids[:left]
        for practice in await practices(ids) if ids else ():
            yield practice
        left -= len(ids)
        if not page.next or not left:
            return
        page = await search(page.next)


async def _written(form: Form, practices: AsyncIterator[Json], reading: Reading, found: Found) -> AsyncIterator[bytes]:
    yield form.head(found).encode()
    async for practice in practices:
        yield form.row(practice, reading).encode("utf-8", "replace")
    yield form.foot().encode()


async def _searched(visit: Visit, asked: Asked, cursor: str) -> Results:
    query = {**asked.query(visit.language), "limit": _AT_ONCE, "cursor": cursor}
    found = await visit.services.search.get("/search", query)
    return Results(total=found["total"], ids=[item["id"] for item in found["items"]], next=found["next"])


async def _practices(visit: Visit, ids: list[str]) -> list[Json]:
    found: list[Json] = (await visit.services.submissions.get("/practices", {"id": ids}))["items"]
    return found
