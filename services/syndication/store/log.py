"""Every public event that was heard, whole, so that it can be sent again."""

from datetime import timedelta
from typing import Any, Final

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from services.syndication.domain.published import Published
from shared.store.outbox import Transaction

RETENTION: Final = timedelta(days=90)  # as long as the streams keep events


class EventLog:
    """One row an event, by its id: ``body`` its bytes, ``found_under`` what filters look at."""

    def __init__(self, db: AsyncDatabase[dict[str, Any]]) -> None:
        self._rows = db["events"]

    async def make_indexes(self) -> None:
        """Safe to repeat."""
        await self._rows.create_indexes(
            [
                IndexModel([("time", ASCENDING), ("_id", ASCENDING)], name="time"),
                IndexModel([("practice_id", ASCENDING), ("said", ASCENDING)], name="practice"),
                IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0, name="expiry"),
            ]
        )

    async def add(self, tx: Transaction, event: Published) -> None:
        await self._rows.insert_one(
            {
                "_id": event.event_id,
                "type": event.type,
                "time": event.time,
                "heard_at": tx.now,
                "practice_id": event.practice_id,
                "said": event.said,
                "found_under": [codes.model_dump(mode="json") for codes in event.found_under],
                "body": event.envelope.to_bytes(),
                "expires_at": tx.now + RETENTION,
            },
            session=tx.session,
        )
