"""What became of the publications of a practice, as syndication tells it."""

from datetime import datetime
from typing import Any

from services.web.calls.api import Away, Refused
from services.web.calls.services import Services

_MISSING = {"partners": None, "subscribers": None}


async def receipt_of(services: Services, practice_id: str | None) -> list[dict[str, Any]] | None:
    """Return its publications, the newest first, each with ``seconds`` until the feeds had it.

    None where there is none, where it is not for the visitor, and while syndication does not answer: a page about
    something else goes without it.
    """
    if not practice_id:
        return None
    try:
        found = await services.syndication.get(f"/receipts/{practice_id}")
    except (Away, Refused):
        return None
    return [_MISSING | one | {"seconds": _seconds(one)} for one in found["publications"]]


def _seconds(one: dict[str, Any]) -> int:
    took = datetime.fromisoformat(one["in_feed_at"]) - datetime.fromisoformat(one["published_at"])
    return max(1, round(took.total_seconds()))
