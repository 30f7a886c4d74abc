"""What works without signing in, by addresses that nobody guesses: the link in a mail, and feeds."""

from __future__ import annotations

from typing import Annotated, Final

import httpx
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from services.web.calls.api import Away
from services.web.page.visit import Visitor

Key = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
_PASSED_ON: Final = ("content-type", "etag", "cache-control", "x-robots-tag")


def outside_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/searches/stop/{key}")
    async def show(visit: Visitor, key: Key) -> Response:
        """Which search would be paused. Opening it changes nothing: scanners of mail open every link."""
        found = await visit.services.search.get(f"/alerts/{key}")
        return await visit.page("searches/stop.html", search=found, key=key, done="")

    @router.post("/searches/stop/{key}")
    async def stop(visit: Visitor, key: Key, do: str = "stop") -> Response:
        """Pause it, or undo that, at once: RFC 8058 sends neither cookies nor the token of a form."""
        done = "resume" if do == "resume" else "stop"
        found = await visit.services.search.post(f"/alerts/{key}/{done}")
        return await visit.page("searches/stop.html", search=found, key=key, done=done)

    @router.get("/feeds/{key}")
    async def feed(key: Key, request: Request) -> Response:
        """A feed, passed on as the service writes it."""
        site = request.app.state.site
        asked = {name: request.headers[name] for name in ("if-none-match",) if name in request.headers}
        try:
            answer = await site.http.get(f"{str(site.settings.search_url).rstrip('/')}/feeds/{key}", headers=asked)
        except httpx.HTTPError as error:
            raise Away(f"GET /feeds: {error!r}") from error
        kept = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
        return Response(answer.content, answer.status_code, kept)

    return router
