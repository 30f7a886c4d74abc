"""An Erasmus+ results export, sent by a member: a draft for each project in it."""

import asyncio
import hashlib
from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from pymongo.errors import DuplicateKeyError
from starlette.responses import Response

from services.submissions.api.parts import Writer
from services.submissions.importing.upload import ELSE, MOST_BYTES, Cause, Outcome, import_rows, read_rows
from services.submissions.records import Records
from shared.errors import Conflict, TooLarge
from shared.http.idempotency import idempotently
from shared.http.openapi import problems
from shared.http.reply import JsonResponse, Reply
from shared.store.outbox import Transaction

_EXPORT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The CSV export of the Erasmus+ Project Results Platform, in UTF-8: at most 5 MiB, 500 projects",
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class ImportedRow(BaseModel):
    """What became of one row, or would."""

    line: int = Field(description="Where it begins in the file, counted from 1")
    outcome: Outcome
    title: str
    identifier: str
    contribution_id: str | None
    reason_code: Cause | None
    reason: str | None
    left_out: list[str] = Field(description="What the row says and the record cannot hold")


class ImportCounts(BaseModel):
    created: int
    updated: int
    unchanged: int
    left_alone: int
    refused: int


class ImportReport(BaseModel):
    dry_run: bool
    counts: ImportCounts
    rows: list[ImportedRow]


class ImportRoutes:
    """One import at a time: reading one keeps a processor busy for some seconds."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._turn = asyncio.Semaphore(1)

    def router(self) -> APIRouter:
        router = APIRouter(tags=["imports"], prefix="/imports", default_response_class=JsonResponse)
        router.add_api_route(
            "",
            self.post,
            methods=["POST"],
            response_model=ImportReport,
            responses=problems(409, 413),
            openapi_extra=_EXPORT_BODY,
        )
        return router

    async def post(
        self,
        request: Request,
        principal: Writer,
        dry_run: Annotated[bool, Query(description="Say what would be done, and do nothing")] = False,
    ) -> Response:
        """Make a draft of each project in an export; the caller owns them. A bad row is told, the others are taken."""
        data = await _body(request)
        async with self._turn:
            rows = await asyncio.to_thread(read_rows, data)

            async def act(tx: Transaction) -> Reply:
                told = await import_rows(tx, self._records, rows, person_id=principal.person_id, dry_run=dry_run)
                counted = Counter(row.outcome for row in told)
                counts = {outcome.value: counted[outcome] for outcome in Outcome}
                return Reply(body={"dry_run": dry_run, "counts": counts, "rows": told})

            digest = hashlib.sha256(data).digest()
            try:
                return await idempotently(request, principal, self._records.store, act, body_digest=digest)
            except DuplicateKeyError as error:
                detail = "Another import of the same projects was quicker. Send it again."
                raise Conflict(detail, headers={"Retry-After": "1"}) from error


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > MOST_BYTES:
            raise TooLarge(f"Send at most {MOST_BYTES} bytes. {ELSE}", extra={"limit": MOST_BYTES})
        parts.append(piece)
    return b"".join(parts)
