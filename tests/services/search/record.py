"""The record as search meets it: the public list of practices that submissions gives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.free_ports import free_port
from tests.waiting import eventually


@dataclass(slots=True)
class Record:
    """The list of public practices, as submissions answers with it."""

    address: str = ""
    practices: dict[str, int] = field(default_factory=dict)
    away: bool = False

    async def answer(self, request: Request) -> Response:
        if self.away:
            return JSONResponse({"title": "away"}, 503)
        wanted = request.query_params.getlist("id")
        ids = [one for one in wanted if one in self.practices] if wanted else sorted(self.practices)
        first, many = int(request.query_params.get("cursor") or 0), int(request.query_params.get("limit") or 100)
        page: dict[str, Any] = {
            "items": [{"id": one, "version": self.practices[one]} for one in ids[first : first + many]]
        }
        if first + many < len(ids):
            page["next"] = str(first + many)
        return JSONResponse(page)


@contextlib.asynccontextmanager
async def serving(record: Record) -> AsyncIterator[None]:
    app = Starlette(routes=[Route("/practices", record.answer)])
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    task = asyncio.create_task(server._serve())
    await eventually(lambda: server.started)
    record.address = f"http://127.0.0.1:{port}"
    try:
        yield
    finally:
        server.should_exit = True
        await task
