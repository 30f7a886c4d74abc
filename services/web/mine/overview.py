"""My contributions: where each stands, and what is to be done next."""

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from services.web.calls.api import Query, Refused
from services.web.mine.parts import ContributionId, Json, whole
from services.web.mine.standing import SHOWS, Next, next_of
from services.web.page.visit import Member, Visit

PAGE = 20
_MOST_WAITING = 5
_LONGEST_CURSOR = 500


def overview_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/mine")
    async def mine(visit: Member, show: str = "", cursor: str | None = None) -> Response:
        """All that one is an author of, the newest first."""
        shown = show if show in SHOWS else ""
        try:
            page, waiting = await asyncio.gather(_page(visit, shown, cursor), _waiting(visit, shown, cursor))
        except Refused:
            if not cursor:
                raise
            return visit.go("/mine")  # a cursor that is not ours any more
        return await visit.page(
            "mine/mine.html",
            items=[(one, next_of(visit, one)) for one in map(whole, page["items"])],
            older=page.get("next"),
            first=cursor is None,
            show=shown,
            shows=_named(visit),
            waiting=waiting,
            kinds=(await visit.terms("kinds"))["kinds"],
        )

    @router.get("/contributions/{contribution_id}")
    async def moved(visit: Member, contribution_id: ContributionId) -> Response:
        """Where mails and entries of the inbox lead."""
        return visit.go(f"/mine/{contribution_id}")

    return router


async def _page(visit: Visit, show: str, cursor: str | None) -> Json:
    query: Query = {
        "state": list(SHOWS[show]),
        "cursor": (cursor or "")[:_LONGEST_CURSOR],
        "limit": PAGE,
        "lang": visit.language,
    }
    found: Json = await visit.services.submissions.get("/contributions", query)
    return found


async def _waiting(visit: Visit, show: str, cursor: str | None) -> list[tuple[Json, Next]]:
    """What waits for an answer of the authors; it stands above the list, however old it is."""
    if show or cursor:
        return []
    query: Query = {"state": ["changes_requested"], "limit": _MOST_WAITING, "lang": visit.language}
    found: Any = await visit.services.submissions.get("/contributions", query)
    return [(one, next_of(visit, one)) for one in found["items"]]


def _named(visit: Visit) -> list[tuple[str, str]]:
    _ = visit._
    return [
        ("", _("Everything")),
        ("drafts", _("Drafts")),
        ("answer", _("Waiting for my answer")),
        ("review", _("In review")),
        ("published", _("Public")),
        ("closed", _("Closed")),
        ("discarded", _("Discarded drafts")),
    ]
