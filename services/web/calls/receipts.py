"""What became of the publications of a practice, as syndication tells it."""

from datetime import datetime
from typing import Any

from services.web.calls.api import Away, Refused
from services.web.calls.services import Services

_MISSING = {"partners": None, "notified": None, "subscribers": None}
_NOT_FOUND = {"at": None}


async def receipt_of(services: Services, practice_id: str | None) -> list[dict[str, Any]] | None:
    """Return its publications, the newest first, each with ``seconds`` until the feeds had it, and search found it.

    None where there is none, where it is not for the visitor, and while syndication does not answer: a page about
    something else goes without it.
    """
    if not practice_id:
        return None
    try:
        found = await services.syndication.get(f"/receipts/{practice_id}")
    except (Away, Refused):
        return None
    return [_publication(one) for one in found["publications"]]


def _publication(one: dict[str, Any]) -> dict[str, Any]:
    published, search = one["published_at"], _NOT_FOUND | one["search"]
    search["seconds"] = _seconds(published, search["at"]) if search["at"] else None
    return _MISSING | one | {"seconds": _seconds(published, one["in_feed_at"]), "search": search}


def _seconds(since: str, until: str) -> int:
    took = datetime.fromisoformat(until) - datetime.fromisoformat(since)
    return max(1, round(took.total_seconds()))
