"""One contribution of mine: where it stands, what happens next, what was decided, and the way it took."""

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from services.web.calls.api import Refused
from services.web.calls.receipts import receipt_of
from services.web.mine.answering import by_severity
from services.web.mine.parts import NOT_FOUND, ContributionId, Json, find, is_discarded
from services.web.mine.standing import next_of, outlook
from services.web.page.visit import Member, Visit
from services.web.reviews.contribution import label_of

VOCABULARIES = ("fields", "kinds", "decision-reasons", "comment-severities", "tombstone-reasons")


def life_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/mine/{contribution_id}")
    async def life(visit: Member, contribution_id: ContributionId) -> Response:
        """Everything its authors may know of it."""
        api, path = visit.services.submissions, f"/contributions/{contribution_id}"
        try:
            seen, receipt, timeline, versions, terms = await asyncio.gather(
                find(visit, contribution_id),
                receipt_of(visit.services, contribution_id),
                api.get(f"{path}/timeline", {"lang": visit.language}),
                api.get(f"{path}/versions"),
                visit.terms(*VOCABULARIES),
            )
        except Refused as refused:
            if refused.status == NOT_FOUND and await is_discarded(visit, contribution_id):
                return visit.go("/mine?show=discarded")
            raise
        view = seen.body
        names = authors_of(view["content"])
        return await visit.page(
            "mine/life.html",
            view=view,
            next=next_of(visit, view),
            outlook=outlook(visit, view),
            timeline=[one | {"who": who(visit, one["by"], names)} for one in reversed(timeline)],
            versions=list(reversed(versions)),
            comments=commented(view, terms),
            terms=terms,
            receipt=receipt,
        )

    return router


def authors_of(content: Json) -> dict[str, str]:
    """The names of the authors by their person id, as far as they have one."""
    return {one["person_id"]: one.get("name", "") for one in content.get("authors") or () if one.get("person_id")}


def who(visit: Visit, by: str, names: dict[str, str]) -> str:
    """Say who did a step; nothing where it happened by itself, and never which coordinator."""
    _ = visit._
    if visit.person and by == visit.person.person_id:
        return _("you")
    if by in ("system", "reviewers"):
        return ""
    return _("the coordination") if by == "coordinator" else names.get(by) or _("a co-author")


def commented(view: Json, terms: Any) -> list[Json]:
    """The comments of the last decision with the name of the field each is about, and the answer kept so far."""
    feedback = view.get("feedback") or {}
    given = {one["comment_id"]: one["text"] for one in feedback.get("answers") or ()}
    return [
        one | {"about": label_of(one["pointer"], terms["fields"]), "answer": given.get(one["id"], "")}
        for one in by_severity(feedback.get("comments") or [])
    ]
