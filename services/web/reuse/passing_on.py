"""The feed and the sitemap at the site's own address, passed on from syndication piece by piece."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Final

from fastapi import APIRouter, Path
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from services.web.page.visit import Visit, Visitor

_ASKED: Final = ("if-none-match", "if-modified-since")
_PASSED_ON: Final = ("content-type", "etag", "last-modified", "cache-control")


def passing_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/feed.atom")
    async def feed(visit: Visitor) -> Response:
        """The Atom feed, with the filters of the address."""
        return await _passed_on(visit, "/feed.atom")

    @router.get("/sitemap.xml")
    async def sitemap(visit: Visitor) -> Response:
        return await _passed_on(visit, "/sitemap.xml")

    @router.get("/sitemaps/{number}")
    async def part(visit: Visitor, number: Annotated[int, Path(ge=1, le=5000)]) -> Response:
        return await _passed_on(visit, f"/sitemaps/{number}")

    return router


async def _passed_on(visit: Visit, path: str) -> Response:
    asked = visit.request.headers
    headers = {name: asked[name] for name in _ASKED if name in asked} | {"accept-encoding": "identity"}
    query: dict[str, list[str]] = {}
    for name, value in visit.request.query_params.multi_items():
        query.setdefault(name, []).append(value)
    opened = AsyncExitStack()
    answer = await opened.enter_async_context(visit.services.syndication.stream(path, query=query, headers=headers))

    async def pieces() -> AsyncIterator[bytes]:
        try:
            async for piece in answer.aiter_raw():
                yield piece
        finally:
            await opened.aclose()

    kept = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
    return StreamingResponse(pieces(), answer.status_code, headers=kept, background=BackgroundTask(opened.aclose))
