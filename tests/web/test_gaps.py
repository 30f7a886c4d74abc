"""Gaps to fill: a result that is opened is counted without a script, and coordinators see what is missing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from pymongo import MongoClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.free_ports import free_port
from tests.waiting import eventually
from tests.web import lives
from tests.web.front_end import front_end
from tests.web.site import Site, fresh

pytestmark = pytest.mark.asyncio(loop_scope="package")


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, list[Any]]]:
    """A search service that knows nothing and keeps what it is told of opened results; yields its address too."""
    told: list[Any] = []

    async def clicks(request: Request) -> Response:
        told.append(await request.json())
        return Response(status_code=204)

    async def nothing(_: Request) -> Response:
        return JSONResponse({"title": "There is nothing here"}, 404)

    app = Starlette(routes=[Route("/clicks", clicks, methods=["POST"]), Route("/{path:path}", nothing)])
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    task = asyncio.create_task(server._serve())
    await eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}", told
    finally:
        server.should_exit = True
        await task


async def test_a_result_that_is_opened_is_told_by_its_words_alone(site: Site) -> None:
    life = await lives.published(site)
    async with listening() as (search, told), front_end(site, SEARCH_URL=search) as address:
        async with httpx.AsyncClient(base_url=address, trust_env=False, verify=False, timeout=30) as http:
            page = f"/practices/{life.id}"
            came = (
                f"{address}/search?q=green+mobility&theme=recognition",
                f"{address}/search?theme=recognition",  # no words
                f"{address}/practices/{life.id}",
                "https://elsewhere.example/search?q=theirs",
            )
            for referrer in came:
                answer = await http.get(page, headers={"referer": referrer, "accept-language": "de"})
                assert answer.status_code == 200
            assert (await http.get("/accessibility")).headers["referrer-policy"] == "same-origin"
            assert (await http.get(page, headers={"referer": f"{address}/search?q=last"})).status_code == 200
            await eventually(lambda: len(told) == 2)
        assert told == [{"q": "green mobility", "lang": "de"}, {"q": "last", "lang": "en"}]


async def test_coordinators_see_what_is_missing(site: Site) -> None:
    await lives.published(site)
    missing, unopened = fresh("missing words"), fresh("unopened words")
    url = f"mongodb://127.0.0.1:{site.ports.of('mongod')}/?directConnection=true"
    now = datetime.now(UTC)
    with MongoClient[dict[str, Any]](url) as client:
        rows = [
            {
                "_id": f"{words}/{day}",
                "digest": words,
                "words": words,
                "language": "fr",
                "day": f"2026-03-0{day}",
                "asked": 2,
                "unanswered": unanswered,
                "clicked": 0,
                "forget_at": now + timedelta(days=9),
            }
            for words, unanswered in ((missing, 2), (unopened, 0))
            for day in (1, 2, 3)
        ]
        client["practice_exchange_search"]["askings"].insert_many(rows)
    async with site.signed_in(lives.COORDINATOR) as http:
        assert 'href="/board/gaps"' in (await http.get("/board")).text
        page = (await http.get("/board/gaps")).text
        assert missing in page
        assert unopened not in page
        assert "3 March 2026" in page
        assert unopened in (await http.get("/board/gaps?show=no_click")).text
        cells = (await http.get("/board/gaps?show=cells")).text
        assert 'href="/search?country=FI"' in cells
        assert "Nothing on:" in cells
    async with site.signed_in("member-2") as http:
        assert (await http.get("/board/gaps")).status_code == 403
