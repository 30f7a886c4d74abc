"""Files beside a contribution."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from services.submissions.api.files import (
    FILE_RESPONSES,
    Disposition,
    IfNoneMatch,
    IfRange,
    RangeHeader,
    send_file,
)
from services.submissions.api.parts import ContributionId, Writer
from services.submissions.attach import attach, check_may_attach, describe, detach, find, receive
from services.submissions.domain.attachments import ALT_TEXT_LENGTH
from services.submissions.download import readable
from services.submissions.records import Records
from services.submissions.views import AttachmentView, attachment_view
from shared.contribution.fields import Code
from shared.http.access import Principal, Role, allow
from shared.http.etag import IfMatch, etag
from shared.http.idempotency import idempotently, is_repeated
from shared.http.openapi import problems
from shared.http.reply import JsonResponse, Reply
from shared.store.outbox import Transaction
from shared.text import Line

AttachmentId = Annotated[str, Path(max_length=64)]
FileName = Annotated[str, Line(255)]
AltText = Annotated[str, Line(ALT_TEXT_LENGTH)]
Licence = Annotated[str, Code("licences")]
Reader = Annotated[Principal, allow(Role.MEMBER, Role.REVIEWER, Role.COORDINATOR)]

_FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The bytes of the file. What it is is told by its content, whatever Content-Type says.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Description(BaseModel):
    """What may be changed of a file; null takes it out."""

    model_config = ConfigDict(extra="forbid")

    name: FileName | None = None
    alt_text: AltText | None = None
    licence: Licence | None = None


class AttachmentRoutes:
    """Files of the working version, and reading those that were submitted."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def router(self) -> APIRouter:
        base = "/contributions/{contribution_id}/attachments"
        router = APIRouter(tags=["attachments"], prefix=base, default_response_class=JsonResponse)
        add = router.add_api_route
        add(
            "",
            self.post,
            methods=["POST"],
            status_code=201,
            response_model=AttachmentView,
            responses=problems(409, 413, 415),
            openapi_extra=_FILE_BODY,
        )
        add("", self.list, methods=["GET"], response_model=list[AttachmentView])
        add(
            "/{attachment_id}",
            self.get,
            methods=["GET"],
            response_class=Response,
            responses=FILE_RESPONSES | problems(416),
        )
        add("/{attachment_id}", self.patch, methods=["PATCH"], response_model=AttachmentView, responses=problems(409))
        add("/{attachment_id}", self.delete, methods=["DELETE"], status_code=204, responses=problems(409))
        return router

    async def post(
        self,
        request: Request,
        principal: Writer,
        contribution_id: ContributionId,
        name: Annotated[FileName, Query(description="The name of the file")],
        alt_text: Annotated[AltText | None, Query(description="What an image shows, in words")] = None,
        licence: Annotated[Licence | None, Query(description="SPDX; else that of the contribution")] = None,
    ) -> Response:
        """Attach a file; its bytes are the body of the request."""
        records, person_id = self._records, principal.person_id
        if await is_repeated(request, principal, records.store):
            room = records.settings.allowance.per_file  # it may have taken the room that it needs
        else:
            room = await check_may_attach(records, contribution_id, person_id=person_id)
        upload = await receive(
            records, contribution_id, request.stream(), room=room, name=name, alt_text=alt_text, licence=licence
        )

        async def act(tx: Transaction) -> Reply:
            after = await attach(tx, records, contribution_id, upload, person_id=person_id)
            place = f"/contributions/{contribution_id}/attachments/{upload.attachment.id}"
            return Reply(
                status=201,
                body=attachment_view(upload.attachment),
                headers={"ETag": etag(after.revision), "Location": place},
            )

        return await idempotently(request, principal, records.store, act, body_digest=upload.digest)

    async def list(self, principal: Writer, contribution_id: ContributionId) -> Response:
        """List the files of the working version."""
        found = await self._records.contributions.of(principal.person_id, contribution_id)
        views = [attachment_view(attachment) for attachment in found.attachments]
        return JsonResponse(views, headers={"ETag": etag(found.revision)})

    async def get(
        self,
        principal: Reader,
        contribution_id: ContributionId,
        attachment_id: AttachmentId,
        range_: RangeHeader = None,
        if_range: IfRange = None,
        if_none_match: IfNoneMatch = None,
        disposition: Disposition = "attachment",
    ) -> Response:
        """Read a file, or a part of it: its authors, reviewers who hold the case, coordinators."""
        attachment = await readable(self._records, principal, contribution_id, attachment_id)
        return send_file(
            self._records.files.storage,
            attachment,
            range_=range_,
            if_range=if_range,
            if_none_match=if_none_match,
            cache="private, no-cache",
            disposition=disposition,
        )

    async def patch(
        self,
        principal: Writer,
        contribution_id: ContributionId,
        attachment_id: AttachmentId,
        seen: IfMatch,
        body: Description,
    ) -> Response:
        """Change a file's name, alternative text or licence; If-Match is the contribution's ETag."""
        changes = body.model_dump(exclude_unset=True)
        if changes.get("name", "") is None:
            del changes["name"]

        async def act(tx: Transaction) -> Reply:
            after = await describe(
                tx, self._records, contribution_id, attachment_id, changes, person_id=principal.person_id, seen=seen
            )
            return Reply(body=attachment_view(find(after, attachment_id)), headers={"ETag": etag(after.revision)})

        return (await self._records.store.transact(act)).response()

    async def delete(
        self, principal: Writer, contribution_id: ContributionId, attachment_id: AttachmentId, seen: IfMatch
    ) -> Response:
        """Take a file out of the working version; If-Match is the contribution's ETag."""

        async def act(tx: Transaction) -> Reply:
            after = await detach(
                tx, self._records, contribution_id, attachment_id, person_id=principal.person_id, seen=seen
            )
            return Reply(status=204, headers={"ETag": etag(after.revision)})

        return (await self._records.store.transact(act)).response()
