"""Every practice that ever was public, as it is now: what feeds and harvesters are told."""

from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from services.syndication.domain.published import Published
from shared.store.outbox import Transaction


class Practices:
    """One row a practice, by its id: its latest public event. One that was taken down stays, without its content.

    ``changed_at`` is when this service heard of the change, in whole milliseconds; ``found_under`` what it is found
    under now, or was before it was taken down; ``earlier`` what else it ever was found under.
    """

    def __init__(self, db: AsyncDatabase[dict[str, Any]]) -> None:
        self._rows = db["practices"]

    async def make_indexes(self) -> None:
        """Safe to repeat."""
        await self._rows.create_indexes([IndexModel([("changed_at", ASCENDING), ("_id", ASCENDING)], name="changed")])

    async def put(self, tx: Transaction, event: Published) -> None:
        """Keep the practice as this event tells it."""
        row: dict[str, Any] = {
            "state": event.state.value,
            "type": event.type,
            "time": event.time,
            "said": event.said,
            "event_id": event.event_id,
            "changed_at": tx.now,
            "data": event.envelope.data,
        }
        if event.found_under:
            row["found_under"] = event.found_under[0].model_dump(mode="json")
        change: dict[str, Any] = {"$set": row}
        if event.found_under[1:]:
            earlier = [codes.model_dump(mode="json") for codes in event.found_under[1:]]
            change["$addToSet"] = {"earlier": {"$each": earlier}}
        await self._rows.update_one({"_id": event.practice_id}, change, upsert=True, session=tx.session)
