"""The published versions of a practice, for everybody: what there is, and what changed from one to the next."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.submissions.api.files import IfNoneMatch, matches
from services.submissions.api.history import Difference, changes_between
from services.submissions.api.practices import FRESH, NOT_MODIFIED, SETTLED, PracticeId, VersionNumber
from services.submissions.documents import Document
from services.submissions.domain.heading import Heading, heading
from services.submissions.records import Records
from shared.contribution.content import Content
from shared.contribution.readable import field_label
from shared.http.access import PUBLIC
from shared.http.openapi import problems
from shared.http.reply import JsonResponse

# Each version is read whole to see what changed in it: up to 600,000 bytes.
Limit = Annotated[int, Query(ge=1, le=20, description="The most items on a page")]
Language = Annotated[str, Query(max_length=35, description="BCP 47; of the labels")]


class ChangedField(BaseModel):
    """A field that reads otherwise than in the version before; ``label`` is in the language that was asked for."""

    pointer: str = Field(description="RFC 6901, into the content: `/summary`")
    label: str


class EditionSummary(BaseModel):
    """One published version. ``changed`` is empty for the first one."""

    version: int
    published_at: datetime
    title: dict[str, str]
    heading: Heading
    languages: list[str]
    changed: list[ChangedField]


class EditionPage(BaseModel):
    items: list[EditionSummary]
    next: int | None = Field(default=None, description="`before` of the next page, if there is one")


class EditionRoutes:
    """Reading, by everybody. A practice that was taken down answers 410 here too."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def router(self) -> APIRouter:
        base = "/practices/{practice_id}/versions"
        router = APIRouter(tags=["practices"], prefix=base, default_response_class=JsonResponse)
        add, gone = router.add_api_route, problems(404, 410)
        add("", self.list, methods=["GET"], response_model=EditionPage, dependencies=[PUBLIC], responses=gone)
        add(
            "/{version}/diff",
            self.diff,
            methods=["GET"],
            response_model=Difference,
            dependencies=[PUBLIC],
            responses=gone | NOT_MODIFIED,
        )
        return router

    async def list(
        self,
        practice_id: PracticeId,
        before: Annotated[int | None, Query(ge=1, le=1_000_000, description="Only versions before this one")] = None,
        limit: Limit = 10,
        lang: Language = "en",
    ) -> Response:
        """List the published versions, newest first, each with the names of the fields that changed in it."""
        found = await self._records.practices.editions(practice_id, before=before, limit=limit + 1)
        earlier = [*found[1:], None]
        items = [_summary(practice, past, lang) for practice, past in zip(found, earlier, strict=True)][:limit]
        page: dict[str, Any] = {"items": items}
        if len(found) > limit:
            page["next"] = items[-1]["version"]
        return JsonResponse(page, headers={"Cache-Control": FRESH})

    async def diff(
        self,
        practice_id: PracticeId,
        version: VersionNumber,
        from_: Annotated[
            int | None, Query(alias="from", ge=1, le=1_000_000, description="Else the published version before")
        ] = None,
        lang: Language = "en",
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """Tell field by field and word by word what changed since an earlier published version."""
        practices = self._records.practices
        later = await practices.edition(practice_id, version)
        earlier = await (
            practices.edition(practice_id, from_) if from_ else practices.edition_before(practice_id, version)
        )
        tag = f'"v{earlier["version"]}-v{version}-{lang if lang.isascii() and lang.isalnum() else "other"}"'
        headers = {"ETag": tag, "Cache-Control": SETTLED}
        if matches(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        changes = await asyncio.to_thread(changes_between, earlier, later, lang)  # long texts take a while
        told = {"earlier": str(earlier["version"]), "later": str(version), "changes": changes}
        return JsonResponse(told, headers=headers)


def _summary(practice: Document, earlier: Document | None, language: str) -> Document:
    content = practice["content"]
    title = {spoken: variant["text"] for spoken, variant in (content.get("title") or {}).items()}
    return {
        "version": practice["version"],
        "published_at": practice["published_at"],
        "title": title,
        "heading": heading(title, language, content.get("source_language")),
        "languages": practice["languages"],
        "changed": _changed(earlier["content"], content, language) if earlier else [],
    }


def _changed(earlier: Document, later: Document, language: str) -> list[Document]:
    """Name the fields that differ, in the order of the record; telling the words apart is the diff's business."""
    return [
        {"pointer": f"/{name}", "label": field_label((name,), language)}
        for name in Content.model_fields
        if earlier.get(name) != later.get(name)
    ]
