"""The page of a practice and what belongs to it: earlier versions, what changed, citations, files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from services.web.calls.api import Away, Refused
from services.web.page.visit import Visit, Visitor
from services.web.reader.came import came_from, tell_opened
from services.web.reader.cite import bibtex, in_words, ris, source_of
from services.web.reader.found import Result, result_of
from services.web.reader.linked import LICENCES, embedded, linked_data
from services.web.reader.practice import View, record, view_of

_ID: Final = r"^[0-9A-Za-z][0-9A-Za-z_-]*$"  # nothing that could climb out of a path
PracticeId = Annotated[str, Path(max_length=64, pattern=_ID)]
FileId = Annotated[str, Path(max_length=64, pattern=_ID)]
Number = Annotated[int, Path(ge=1, le=1_000_000)]
Language = Annotated[str | None, Query(max_length=35)]

_GONE: Final = 410
_VERSIONS: Final = 5  # versions that the page of the practice names itself
_RELATED: Final = 4
LISTS: Final = (
    "erasmus-action-types", "erasmus-key-actions", "evidence-levels", "fields", "fora", "kinds", "licences",
    "mobility-activities", "mobility-directions", "mobility-participants", "policy-links", "provenance", "reach",
    "recognition-instruments", "sectors", "target-groups", "themes",
)  # fmt: skip
# What of a file's answer is passed on; the rest is about the connection to the service.
_PASSED_ON: Final = (
    "content-type", "content-length", "content-range", "content-disposition", "accept-ranges", "etag", "cache-control",
    "content-security-policy", "x-content-type-options",
)  # fmt: skip


def practice_routes() -> APIRouter:
    router = APIRouter(prefix="/practices/{practice_id}")
    _page_routes(router)
    _history_routes(router)
    _citation_routes(router)
    _file_route(router)
    return router


def _page_routes(router: APIRouter) -> None:
    @router.get("")
    async def practice(visit: Visitor, practice_id: PracticeId, text: Language = None) -> Response:
        """A practice as it is now."""
        page = await _shown(visit, practice_id, f"/practices/{practice_id}", text)
        if words := came_from(visit):
            page.background = BackgroundTask(tell_opened, visit, words)
        return page

    @router.get("/versions/{number}")
    async def version(visit: Visitor, practice_id: PracticeId, number: Number, text: Language = None) -> Response:
        """One version, as it was published."""
        return await _shown(visit, practice_id, f"/practices/{practice_id}/versions/{number}", text)


async def _shown(visit: Visit, practice_id: str, path: str, text: str | None) -> Response:
    here = f"/practices/{practice_id}"
    api = visit.services.submissions
    try:
        practice, versions, related, terms = await asyncio.gather(
            api.get(path),
            api.get(f"{here}/versions", {"lang": visit.language, "limit": str(_VERSIONS)}),
            _related(visit, practice_id),
            visit.terms(*LISTS),
        )
    except Refused as refused:
        return await _none_there(visit, refused)
    view = view_of(practice, visit.formats, text)
    origin = visit.site.settings.origin
    return await visit.page(
        "reader/practice.html",
        view=view,
        chosen=text == view.reading.tag,
        content=record(view.content),
        versions=versions["items"],
        more_versions=versions.get("next") is not None,
        latest=versions["items"][0]["version"],
        related=related,
        terms=terms,
        here=here,
        origin=origin,
        citation=_citation(visit, view),
        licences=LICENCES,
        linked=embedded(linked_data(view, origin, terms, visit.formats, latest=versions["items"][0]["version"])),
    )


async def _related(visit: Visit, practice_id: str) -> list[Result]:
    """Practices alike; none where search does not know this one yet, or does not answer."""
    query = {"lang": visit.language, "limit": str(_RELATED)}
    try:
        found = await visit.services.search.get(f"/related/{practice_id}", query)
    except (Away, Refused):
        return []
    return [result_of(item) for item in found["items"]]


async def _none_there(visit: Visit, error: Refused) -> Response:
    """Say why a practice was taken down; any other trouble has its own page."""
    if error.status != _GONE:
        raise error
    reasons = (await visit.terms("tombstone-reasons"))["tombstone-reasons"]
    code = str(error.problem.get("reason_code", ""))
    return await visit.page(
        "reader/gone.html",
        status=_GONE,
        reason=reasons.get(code),
        explained=error.detail,
        at=error.problem.get("withdrawn_at"),
    )


def _history_routes(router: APIRouter) -> None:
    @router.get("/versions")
    async def versions(
        visit: Visitor, practice_id: PracticeId, before: Annotated[int | None, Query(ge=1, le=1_000_000)] = None
    ) -> Response:
        """Every version that was published, newest first."""
        path = f"/practices/{practice_id}"
        query = {"lang": visit.language, "before": before, "limit": 20}
        try:
            found = await visit.services.submissions.get(f"{path}/versions", query)
        except Refused as refused:
            return await _none_there(visit, refused)
        return await visit.page("reader/versions.html", versions=found["items"], next=found.get("next"), here=path)

    @router.get("/changes")
    async def changes(
        visit: Visitor,
        practice_id: PracticeId,
        to: Annotated[int, Query(ge=1, le=1_000_000)],
        since: Annotated[int | None, Query(alias="from", ge=1, le=1_000_000)] = None,
    ) -> Response:
        """What reads otherwise in one version than in another, word by word."""
        path = f"/practices/{practice_id}"
        query = {"from": since, "lang": visit.language}
        try:
            found = await visit.services.submissions.get(f"{path}/versions/{to}/diff", query)
        except Refused as refused:
            return await _none_there(visit, refused)
        return await visit.page("reader/changes.html", found=found, here=path)


def _citation_routes(router: APIRouter) -> None:
    @router.get("/versions/{number}/cite.bib")
    async def as_bibtex(visit: Visitor, practice_id: PracticeId, number: Number, text: Language = None) -> Response:
        view = await _edition(visit, practice_id, number, text)
        source = source_of(view, visit.site.settings.origin)
        return _download(bibtex(source), "application/x-bibtex", f"{source.key}.bib")

    @router.get("/versions/{number}/cite.ris")
    async def as_ris(visit: Visitor, practice_id: PracticeId, number: Number, text: Language = None) -> Response:
        view = await _edition(visit, practice_id, number, text)
        source = source_of(view, visit.site.settings.origin)
        return _download(ris(source), "application/x-research-info-systems", f"{source.key}.ris")


async def _edition(visit: Visit, practice_id: str, number: int, text: str | None) -> View:
    practice = await visit.services.submissions.get(f"/practices/{practice_id}/versions/{number}")
    return view_of(practice, visit.formats, text)


def _citation(visit: Visit, view: View) -> tuple[str, str, str, str]:
    version = visit._("Version {n}").format(n=view.version)
    return in_words(source_of(view, visit.site.settings.origin), version)


def _download(text: str, media_type: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=f"{media_type}; charset=utf-8", headers=headers)


def _file_route(router: APIRouter) -> None:
    @router.get("/files/{file_id}")
    async def file(visit: Visitor, practice_id: PracticeId, file_id: FileId, show: bool = False) -> Response:
        """A file, passed on piece by piece as the service sends it; ``show`` to have a picture in a page."""
        asked = visit.request.headers
        headers = {name: asked[name] for name in ("range", "if-range", "if-none-match") if name in asked}
        path = f"/practices/{practice_id}/attachments/{file_id}"
        query = {"disposition": "inline"} if show else None
        opened = AsyncExitStack()
        answer = await opened.enter_async_context(
            visit.services.submissions.stream(path, query=query, headers=headers | {"accept-encoding": "identity"})
        )

        async def pieces() -> AsyncIterator[bytes]:
            try:
                async for piece in answer.aiter_raw():
                    yield piece
            finally:
                await opened.aclose()

        kept = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
        return StreamingResponse(pieces(), answer.status_code, headers=kept, background=BackgroundTask(opened.aclose))
