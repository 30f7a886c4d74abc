"""The raw reference: the same FastAPI, driver and server doing one bare transaction of the same two documents."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from bson import decode
from fastapi import FastAPI, Request
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from starlette.responses import JSONResponse

from shared.ids import new_id


def bare_app(mongodb_url: str, database: str, documents: bytes) -> FastAPI:
    """``documents`` is BSON: the contribution and the outbox row as our own service wrote them."""
    pair = decode(documents)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.client = AsyncMongoClient(mongodb_url)
        yield
        await app.state.client.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/contributions")
    async def create(request: Request) -> JSONResponse:
        await request.json()
        client: AsyncMongoClient[dict[str, Any]] = request.app.state.client
        db = client[database]
        identifier, event = new_id(), new_id()

        async def act(session: AsyncClientSession) -> None:
            await db.contributions.insert_one({**pair["contribution"], "_id": identifier}, session=session)
            row = {**pair["row"], "_id": event, "aggregate": f"contribution:{identifier}"}
            await db.outbox.insert_one(row, session=session)

        async with client.start_session() as session:
            await session.with_transaction(act)
        return JSONResponse({"id": identifier}, status_code=201)

    return app


if __name__ == "__main__":
    from pathlib import Path

    app = bare_app(os.environ["MONGODB_URL"], os.environ["DATABASE"], Path(os.environ["DOCUMENTS"]).read_bytes())
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", access_log=False)
