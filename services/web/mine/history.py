"""What was submitted, and what changed between any two versions."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from services.web.mine.parts import ContributionId, Json, find
from services.web.page.visit import Member
from services.web.reviews.contribution import VOCABULARIES, read
from shared.errors import NotFound

VersionName = Annotated[str, Path(pattern=r"^[1-9][0-9]{0,5}\.[1-9][0-9]{0,5}$")]
_LONGEST_TAG = 35
_TWO = 2


def history_routes() -> APIRouter:
    router = APIRouter(prefix="/mine/{contribution_id}")

    @router.get("/versions/{name}")
    async def version(visit: Member, contribution_id: ContributionId, name: VersionName, text: str = "") -> Response:
        """One version and round, exactly as it was submitted. ``text`` is the language to read it in."""
        snapshot, terms = await asyncio.gather(
            visit.services.submissions.get(f"/contributions/{contribution_id}/versions/{name}"),
            visit.terms(*VOCABULARIES),
        )
        wanted = text[:_LONGEST_TAG] or None
        return await visit.page(
            "mine/version.html",
            contribution_id=contribution_id,
            snapshot=snapshot,
            contribution=read(snapshot["content"], terms=terms, formats=visit.formats, wanted=wanted),
            name=name,
        )

    @router.get("/changes")
    async def changes(visit: Member, contribution_id: ContributionId) -> Response:
        """What changed between two versions; without parameters, between the last two."""
        seen, versions = await asyncio.gather(
            find(visit, contribution_id),
            visit.services.submissions.get(f"/contributions/{contribution_id}/versions"),
        )
        names = [name_of(one) for one in versions]
        query = visit.request.query_params
        pair = chosen(names, query.get("from"), query.get("to"))
        found: Any = None
        if pair and pair[0] != pair[1]:
            path = f"/contributions/{contribution_id}/versions/{pair[1]}/diff"
            found = await visit.services.submissions.get(path, {"from": pair[0], "lang": visit.language})
        return await visit.page(
            "mine/changes.html",
            view=seen.body,
            versions=list(zip(names, versions, strict=True)),
            pair=pair,
            found=found,
        )

    return router


def name_of(snapshot: Json) -> str:
    """A version and round as addresses name it: ``1.2``."""
    return f"{snapshot['version']}.{snapshot['round']}"


def chosen(names: list[str], earlier: str | None, later: str | None) -> tuple[str, str] | None:
    """The two versions to compare, the earlier first; ``names`` go from old to new. None where there are no two.

    Raises NotFound for a version that there is not.
    """
    if any(one is not None and one not in names for one in (earlier, later)):
        raise NotFound("There is no such version.")
    if len(names) < _TWO:
        return None
    later = later or (names[-1] if earlier != names[-1] else names[-2])
    earlier = earlier or names[max(names.index(later) - 1, 0)]
    first, second = sorted((earlier, later), key=names.index)
    return first, second
