"""The raw reference: one bare transaction of the same two documents, with the same driver on the same server.

It is served twice. As the same application: what stands around every route of ours (sign-in, limits, headers, trace,
metrics) and the same way to run it, which is what we promise a figure against. And as FastAPI alone, to show what all
of that costs together.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from bson import decode
from fastapi import APIRouter, FastAPI, Request
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from starlette.responses import JSONResponse

from shared.http.access import Role, allow
from shared.http.app import create_app
from shared.http.oidc import TokenVerifier
from shared.ids import new_id
from shared.service import Part, Service, run, run_until_stopped
from shared.settings import ServerSettings
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics

SAME, ALONE = "same", "alone"


class Bare:
    """``documents`` is BSON: the contribution and the outbox row as our own service wrote them."""

    def __init__(self, client: AsyncMongoClient[dict[str, Any]], database: str, documents: bytes) -> None:
        self._client = client
        self._db = client[database]
        self._pair = decode(documents)

    async def create(self, request: Request) -> JSONResponse:
        await request.json()
        identifier, event = new_id(), new_id()

        async def act(session: AsyncClientSession) -> None:
            contribution = {**self._pair["contribution"], "_id": identifier}
            await self._db.contributions.insert_one(contribution, session=session)
            row = {**self._pair["row"], "_id": event, "aggregate": f"contribution:{identifier}"}
            await self._db.outbox.insert_one(row, session=session)

        async with self._client.start_session() as session:
            await session.with_transaction(act)
        return JSONResponse({"id": identifier}, status_code=201)


async def _serve_same(settings: ServerSettings, bare: Bare, client: AsyncMongoClient[dict[str, Any]]) -> None:
    router = APIRouter()
    router.add_api_route("/contributions", bare.create, methods=["POST"], dependencies=[allow(Role.MEMBER)])
    log, metrics = configure("bare", level=settings.log_level), Metrics("bare")
    verifier = TokenVerifier.from_settings(settings)
    app = create_app(
        service="bare", version="0", routers=[router], verifier=verifier, checks={}, metrics=metrics, log=log
    )
    service = Service(name="bare", settings=settings, app=app, log=log, close=client.close)
    await run_until_stopped(service, Part.API)


def _serve_alone(settings: ServerSettings, bare: Bare, client: AsyncMongoClient[dict[str, Any]]) -> None:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await client.close()

    app = FastAPI(lifespan=lifespan)
    app.add_api_route("/contributions", bare.create, methods=["POST"])
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning", access_log=False)


def _main() -> None:
    settings = ServerSettings()
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(str(settings.mongodb_url))
    bare = Bare(client, settings.database, Path(os.environ["DOCUMENTS"]).read_bytes())
    if os.environ["AROUND"] == SAME:
        run(_serve_same(settings, bare, client))
    else:
        _serve_alone(settings, bare, client)


if __name__ == "__main__":
    _main()
