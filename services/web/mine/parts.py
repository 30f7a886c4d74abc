"""What several pages of this room share."""

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import Path

from services.web.calls.api import Answer, Query
from services.web.page.visit import Visit

Json = dict[str, Any]
ContributionId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
ASKS: Final = ("must", "should")  # severities of comments that wait for an answer
UNPROCESSABLE: Final = 422
CONFLICT: Final = 409
STALE: Final = 412
NOT_FOUND: Final = 404
_MOST: Final = 100
_OPTIONAL: Final = (
    "status",
    "kind",
    "publication",
    "review_by",
    "decision_due",
    "appeal_until",
    "publish_at",
    "feedback",
    "tombstone",
)


async def find(visit: Visit, contribution_id: str) -> Answer:
    """Read a contribution as its author sees it. Raises Refused (404) when it is somebody else's, or discarded."""
    path, query = f"/contributions/{contribution_id}", {"lang": visit.language}
    found = await visit.services.submissions.ask("GET", path, query=query)
    return replace(found, body=whole(found.body))


def whole(view: Json) -> Json:
    """Return a contribution, or an item of a list, with None for what it does not have."""
    return dict.fromkeys(_OPTIONAL) | view


async def is_discarded(visit: Visit, contribution_id: str) -> bool:
    """Whether it is a draft that this author threw away lately; for the service it is not there then."""
    query: Query = {"state": "discarded", "limit": _MOST}
    found: Json = await visit.services.submissions.get("/contributions", query)
    return any(one["id"] == contribution_id for one in found["items"])
