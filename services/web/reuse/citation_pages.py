"""How to cite a version, in the styles that journals and universities ask for."""

import asyncio
import json
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from services.web.page.visit import Visit, Visitor
from services.web.reader.cite import Source, source_of
from services.web.reader.practice import view_of
from services.web.reuse.styles import MEDIA_TYPE, csl_json, styled
from shared.clock import utc_now

_ID: Final = r"^[0-9A-Za-z][0-9A-Za-z_-]*$"
PracticeId = Annotated[str, Path(max_length=64, pattern=_ID)]
Number = Annotated[int, Path(ge=1, le=1_000_000)]
Language = Annotated[str | None, Query(max_length=35)]


def citation_routes() -> APIRouter:
    router = APIRouter(prefix="/practices/{practice_id}/versions/{number}")

    @router.get("/cite")
    async def citations(visit: Visitor, practice_id: PracticeId, number: Number, text: Language = None) -> Response:
        """The citation in every style."""
        source = await _source(visit, practice_id, number, text)
        cited = await asyncio.to_thread(styled, source, visit.language, utc_now().date())
        here = f"/practices/{practice_id}/versions/{number}"
        return await visit.page("reuse/cite.html", source=source, cited=cited, here=here)

    @router.get("/cite.json")
    async def as_csl(visit: Visitor, practice_id: PracticeId, number: Number, text: Language = None) -> Response:
        """The item as CSL-JSON, which reference managers read."""
        source = await _source(visit, practice_id, number, text)
        headers = {"content-disposition": f'attachment; filename="{source.key}.json"'}
        return Response(json.dumps([csl_json(source)], ensure_ascii=False), media_type=MEDIA_TYPE, headers=headers)

    return router


async def _source(visit: Visit, practice_id: str, number: int, text: str | None) -> Source:
    practice = await visit.services.submissions.get(f"/practices/{practice_id}/versions/{number}")
    return source_of(view_of(practice, visit.formats, text), visit.site.settings.origin)
