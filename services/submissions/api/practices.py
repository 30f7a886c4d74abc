"""What everybody may read: published practices by their stable address; and the coordinator's tombstone."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.submissions.api.files import (
    FILE_RESPONSES,
    Disposition,
    IfNoneMatch,
    IfRange,
    RangeHeader,
    matches,
    send_file,
)
from services.submissions.documents import Document
from services.submissions.records import Records
from services.submissions.tombstone import entomb
from shared.contribution.fields import Code
from shared.events.practices import PublicPractice
from shared.http.access import PUBLIC, Principal, Role, allow
from shared.http.idempotency import idempotently
from shared.http.openapi import problems
from shared.http.paging import CursorParameter, LimitParameter, decode_cursor, encode_cursor
from shared.http.reply import JsonResponse, Reply
from shared.store.outbox import Transaction
from shared.text import Prose

PracticeId = Annotated[str, Path(max_length=64)]
PracticeView = Annotated[
    Literal["full", "brief"], Query(description="`brief`: title, summary and key facts, no long texts and no files")
]
SomeIds = Annotated[
    list[Annotated[str, Field(max_length=64)]],
    Query(alias="id", max_length=100, description="These alone, on one page; those that are not public are left out"),
]
VersionNumber = Annotated[int, Path(ge=1, le=1_000_000)]

# What may change is asked for again after a minute; a version never changes, but it may be taken down.
FRESH = "public, max-age=60, must-revalidate"
SETTLED = "public, max-age=3600, must-revalidate"
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "Not Modified"}}


class PracticePage(BaseModel):
    items: list[PublicPractice]
    next: str | None = None


class TombstoneOrder(BaseModel):
    """Why it is taken down. Both are public."""

    model_config = ConfigDict(extra="forbid")

    reason_code: Annotated[str, Code("tombstone-reasons")]
    reason: Annotated[str, Prose(2_000)]


class TakenDown(BaseModel):
    id: str
    reason_code: str
    reason: str
    at: datetime


class PracticeRoutes:
    """The public face."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def router(self) -> APIRouter:
        router = APIRouter(tags=["practices"], prefix="/practices", default_response_class=JsonResponse)
        add = router.add_api_route
        gone = problems(404, 410)
        add("", self.list, methods=["GET"], response_model=PracticePage, dependencies=[PUBLIC])
        add(
            "/{practice_id}",
            self.get,
            methods=["GET"],
            response_model=PublicPractice,
            dependencies=[PUBLIC],
            responses=gone | NOT_MODIFIED,
        )
        add(
            "/{practice_id}/versions/{version}",
            self.version,
            methods=["GET"],
            response_model=PublicPractice,
            dependencies=[PUBLIC],
            responses=gone | NOT_MODIFIED,
        )
        add(
            "/{practice_id}/attachments/{attachment_id}",
            self.attachment,
            methods=["GET"],
            response_class=Response,
            dependencies=[PUBLIC],
            responses=FILE_RESPONSES | problems(410, 416),
        )
        add(
            "/{practice_id}/tombstone",
            self.tombstone,
            methods=["POST"],
            response_model=TakenDown,
            responses=problems(409, 410),
        )
        return router

    async def list(
        self,
        cursor: CursorParameter = None,
        limit: LimitParameter = 20,
        view: PracticeView = "full",
        id_: SomeIds = [],  # noqa: B006 - FastAPI copies it
    ) -> Response:
        """List the published practices, the newest first; or with `id` those that are named, in that order."""
        if id_:
            named = await self._records.practices.some(id_, brief=view == "brief")
            items = [document["practice"] for document in named]
            return JsonResponse({"items": items, "next": None}, headers={"Cache-Control": FRESH})
        before = None
        if cursor:
            moment, practice_id = decode_cursor(cursor, datetime, str)
            before = (moment, practice_id)
        found = await self._records.practices.page(before=before, limit=limit + 1, brief=view == "brief")
        page: dict[str, Any] = {"items": [document["practice"] for document in found[:limit]]}
        if len(found) > limit:
            last = found[limit - 1]
            page["next"] = encode_cursor(last["first_published_at"], last["_id"])
        return JsonResponse(page, headers={"Cache-Control": FRESH})

    async def get(self, practice_id: PracticeId, if_none_match: IfNoneMatch = None) -> Response:
        """Read a practice as it is now; 410 with the reason once it was taken down."""
        practice, revision = await self._records.practices.shown(practice_id)
        return _cached(practice, f'"{revision}"', if_none_match, FRESH)

    async def version(
        self, practice_id: PracticeId, version: VersionNumber, if_none_match: IfNoneMatch = None
    ) -> Response:
        """Read one published version, which never changes."""
        practice = await self._records.practices.edition(practice_id, version)
        return _cached(practice, f'"v{version}"', if_none_match, SETTLED)

    async def attachment(
        self,
        practice_id: PracticeId,
        attachment_id: Annotated[str, Path(max_length=64)],
        range_: RangeHeader = None,
        if_range: IfRange = None,
        if_none_match: IfNoneMatch = None,
        disposition: Disposition = "attachment",
    ) -> Response:
        """Read a file of any published version, or a part of it."""
        attachment = await self._records.practices.attachment(practice_id, attachment_id)
        return send_file(
            self._records.files.storage,
            attachment,
            range_=range_,
            if_range=if_range,
            if_none_match=if_none_match,
            cache=SETTLED,
            disposition=disposition,
        )

    async def tombstone(
        self,
        request: Request,
        principal: Annotated[Principal, allow(Role.COORDINATOR)],
        practice_id: PracticeId,
        body: TombstoneOrder,
    ) -> Response:
        """Take a practice down for good; its address keeps answering with the reason."""

        async def act(tx: Transaction) -> Reply:
            await entomb(tx, self._records, practice_id, reason_code=body.reason_code, reason=body.reason)
            return Reply(body={"id": practice_id, "reason_code": body.reason_code, "reason": body.reason, "at": tx.now})

        return await idempotently(request, principal, self._records.store, act)


def _cached(practice: Document, tag: str, if_none_match: str | None, cache: str) -> Response:
    headers = {"ETag": tag, "Cache-Control": cache}
    if matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return JsonResponse(practice, headers=headers)
