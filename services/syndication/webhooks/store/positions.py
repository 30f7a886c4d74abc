"""The order in which deliveries were queued, over all endpoints."""

from typing import Any

from pymongo import ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase

from shared.store.outbox import Transaction


class Positions:
    """One counter. Transactions that take numbers come one after the other, so what is committed later is later: an
    endpoint that wants its events in order never meets one that belongs before those it has.
    """

    def __init__(self, db: AsyncDatabase[dict[str, Any]]) -> None:
        self._rows = db["webhook_positions"]

    async def take(self, tx: Transaction, count: int) -> range:
        """Take the next numbers. Do it late in a transaction: until its end, others wait."""
        row = await self._rows.find_one_and_update(
            {"_id": "next"},
            {"$inc": {"taken": count}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=tx.session,
        )
        taken: int = row["taken"] if row else count
        return range(taken - count + 1, taken + 1)
