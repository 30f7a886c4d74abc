"""Gaps to fill: what readers look for and do not find, find and do not open; countries where a theme has nothing."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.web.page.visit import Overseer

Json = dict[str, Any]
SHOWS: Final = ("no_result", "no_click", "cells")


def gap_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/board/gaps")
    async def gaps(visit: Overseer, show: Annotated[str, Query(max_length=20)] = SHOWS[0]) -> Response:
        """One kind of gaps."""
        search = visit.services.search
        show = show if show in SHOWS else SHOWS[0]
        found: Json
        if show == "cells":
            found = await search.get("/gaps/cells", {"lang": visit.language})
        else:
            found = await search.get("/gaps", {"show": show})
        return await visit.page("board/gaps.html", show=show, found=found, search_for=_search_for)

    return router


def _search_for(**query: str) -> str:
    return f"/search?{urlencode(query)}"
