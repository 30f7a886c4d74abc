"""What was submitted, how it changed, and the way it took."""

import asyncio
import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.submissions.api.life import AnswerToComment
from services.submissions.api.parts import ContributionId, Language, Writer
from services.submissions.documents import Document
from services.submissions.domain.timeline import timeline
from services.submissions.read import version, versions
from services.submissions.records import Records
from services.submissions.views import AttachmentView
from shared.contribution.content import Content
from shared.contribution.diff import diff
from shared.contribution.merge import parse
from shared.errors import NotFound
from shared.http.reply import JsonResponse

VERSION_NAME = r"^[1-9][0-9]{0,5}\.[1-9][0-9]{0,5}$"
VersionName = Annotated[str, Path(max_length=64, description="version.round: `1.2`")]


class SnapshotSummary(BaseModel):
    """One version and round as it was submitted."""

    version: int
    round: int
    attachments: list[AttachmentView]
    answers: list[AnswerToComment]
    submitted_at: datetime
    submitted_by: str


class Snapshot(SnapshotSummary):
    content: Content


class ChangeView(BaseModel):
    """One field that changed. ``words`` are pairs of ``equal``, ``delete`` or ``insert`` and the text."""

    pointer: str
    label: str
    before: str | None
    after: str | None
    words: list[tuple[str, str]]


class Difference(BaseModel):
    earlier: str
    later: str
    changes: list[ChangeView]


class TimelineEntry(BaseModel):
    """``by`` is an author's person id, ``coordinator`` or ``system``."""

    at: datetime
    what: str
    text: str = Field(description="In plain words")
    by: str
    version: int
    round: int
    note: str


class HistoryRoutes:
    """Reading, by authors."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def router(self) -> APIRouter:
        base = "/contributions/{contribution_id}"
        router = APIRouter(tags=["history"], prefix=base, default_response_class=JsonResponse)
        add = router.add_api_route
        add("/versions", self.list, methods=["GET"], response_model=list[SnapshotSummary])
        add("/versions/{name}", self.get, methods=["GET"], response_model=Snapshot)
        add("/versions/{name}/diff", self.diff, methods=["GET"], response_model=Difference)
        add("/timeline", self.timeline, methods=["GET"], response_model=list[TimelineEntry])
        return router

    async def list(self, principal: Writer, contribution_id: ContributionId) -> Response:
        """List what was submitted, oldest first."""
        found = await versions(self._records, contribution_id, person_id=principal.person_id)
        return JsonResponse([_summary(snapshot) for snapshot in found])

    async def get(self, principal: Writer, contribution_id: ContributionId, name: VersionName) -> Response:
        """Read one version as it was submitted."""
        snapshot = await self._snapshot(principal.person_id, contribution_id, name)
        return JsonResponse(_summary(snapshot) | {"content": snapshot["content"]})

    async def diff(
        self,
        principal: Writer,
        contribution_id: ContributionId,
        name: VersionName,
        from_: Annotated[
            str | None,
            Query(alias="from", pattern=VERSION_NAME, description="Else the one before"),
        ] = None,
        lang: Language = None,
    ) -> Response:
        """Tell field by field and word by word what changed since an earlier version."""
        later = await self._snapshot(principal.person_id, contribution_id, name)
        earlier_name = from_ or await self._before(principal.person_id, contribution_id, name)
        earlier = await self._snapshot(principal.person_id, contribution_id, earlier_name)
        language = lang or principal.language or "en"
        changes = await asyncio.to_thread(changes_between, earlier, later, language)  # long texts take a while
        return JsonResponse({"earlier": earlier_name, "later": name, "changes": changes})

    async def timeline(self, principal: Writer, contribution_id: ContributionId, lang: Language = None) -> Response:
        """Tell the contribution's life in plain words."""
        found = await self._records.contributions.of(principal.person_id, contribution_id)
        language = lang or principal.language or "en"
        return JsonResponse(timeline(found.created_at, found.owner_id, found.history, language))

    async def _snapshot(self, person_id: str, contribution_id: str, name: str) -> Document:
        # A name that is none of ours is only told so to those who may see the contribution.
        number, round_ = map(int, name.split(".")) if re.fullmatch(VERSION_NAME, name) else (0, 0)
        return await version(self._records.contributions, contribution_id, (number, round_), person_id=person_id)

    async def _before(self, person_id: str, contribution_id: str, name: str) -> str:
        found = await versions(self._records, contribution_id, person_id=person_id)
        names = [f"{snapshot['version']}.{snapshot['round']}" for snapshot in found]
        place = names.index(name)
        if not place:
            raise NotFound("There is no earlier version to compare with.")
        return names[place - 1]


def changes_between(earlier: Document, later: Document, language: str) -> list[dict[str, Any]]:
    """Return what changed between two documents with ``content``, as ``ChangeView`` describes it; takes a while."""
    found = diff(parse(earlier["content"]), parse(later["content"]), language)
    return [change.as_json() for change in found]


def _summary(snapshot: Document) -> dict[str, Any]:
    return {
        name: snapshot[name] for name in ("version", "round", "attachments", "answers", "submitted_at", "submitted_by")
    }
