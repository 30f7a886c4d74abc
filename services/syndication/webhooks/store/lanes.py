"""Lanes: who delivers to an endpoint just now. One deliverer at a time, so that its bounds and its order hold.

A row an endpoint: ``owner`` and ``until``. Time is the database's, so clocks may differ; a deliverer that died gives
its lanes up by the end of the lease.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from pymongo.asynchronous.database import AsyncDatabase

from shared.store.outbox import Transaction

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Lanes:
    def __init__(self, db: AsyncDatabase[dict[str, Any]]) -> None:
        self._rows = db["webhook_lanes"]

    async def add(self, tx: Transaction, endpoint_id: str) -> None:
        await self._rows.insert_one({"_id": endpoint_id, "owner": None, "until": _LONG_AGO}, session=tx.session)

    async def remove(self, tx: Transaction, endpoint_id: str) -> None:
        await self._rows.delete_one({"_id": endpoint_id}, session=tx.session)

    async def take(self, endpoint_ids: Collection[str], *, owner: str, seconds: float) -> frozenset[str]:
        """Take or renew the lanes of these endpoints; return those that are the owner's now."""
        ids = list(endpoint_ids)
        free = {"$or": [{"$eq": ["$owner", owner]}, {"$lte": ["$until", "$$NOW"]}]}
        until = {"$add": ["$$NOW", int(seconds * 1000)]}
        await self._rows.update_many({"_id": {"$in": ids}, "$expr": free}, [{"$set": {"owner": owner, "until": until}}])
        mine = {"_id": {"$in": ids}, "owner": owner, "$expr": {"$gt": ["$until", "$$NOW"]}}
        rows = await self._rows.find(mine, {"_id": 1}).to_list(None)
        return frozenset(row["_id"] for row in rows)

    async def release(self, endpoint_ids: Collection[str], *, owner: str) -> None:
        """Give lanes up at once, so that another need not wait for the end of the lease."""
        query = {"_id": {"$in": list(endpoint_ids)}, "owner": owner}
        await self._rows.update_many(query, {"$set": {"until": _LONG_AGO}})
