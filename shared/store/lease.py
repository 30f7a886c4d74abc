"""Leases: work that one replica at a time does, handed over when its holder dies.

The row ``{_id, owner, expires_at, epoch}`` is taken by compare-and-set. ``epoch`` grows with every new holder: it is
the fencing token that a write can carry to be refused after a takeover.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from pymongo import ReturnDocument
from pymongo.errors import PyMongoError
from structlog.typing import FilteringBoundLogger

from shared.ids import new_id
from shared.store.client import Store
from shared.tasks import seen_through, stopped

LEASES = "leases"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Lease:
    """A named lease of one store, wanted by one owner."""

    def __init__(self, store: Store, name: str, *, seconds: float = 8.0) -> None:
        self.store = store
        self.name = name
        self.seconds = seconds
        self.owner = new_id()
        self.epoch = 0

    async def take(self) -> bool:
        """Take or renew it; False while somebody else holds it. Time is the database's, so clocks may differ."""
        mine = {"$eq": ["$owner", self.owner]}
        free = {"$or": [mine, {"$lte": [{"$ifNull": ["$expires_at", _LONG_AGO]}, "$$NOW"]}]}
        epoch = {"$ifNull": ["$epoch", 0]}
        until = {"$add": ["$$NOW", int(self.seconds * 1000)]}
        change = {
            "owner": {"$cond": [free, self.owner, "$owner"]},
            "expires_at": {"$cond": [free, until, "$expires_at"]},
            "epoch": {"$cond": [{"$and": [free, {"$not": [mine]}]}, {"$add": [epoch, 1]}, epoch]},
        }
        row = await self.store.db[LEASES].find_one_and_update(
            {"_id": self.name}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
        )
        self.epoch = row["epoch"] if row else 0
        return bool(row and row["owner"] == self.owner)

    async def release(self) -> None:
        """Give it up at once, so that another need not wait for its end."""
        await self.store.db[LEASES].update_one(
            {"_id": self.name, "owner": self.owner}, {"$set": {"expires_at": _LONG_AGO}}
        )


async def work_under_lease(lease: Lease, work: Callable[[], Awaitable[None]], log: FilteringBoundLogger) -> None:
    """Run ``work`` for as long as the lease is held, again after each loss; ends only by cancellation.

    ``work`` is cancelled when the lease cannot be renewed. When it raises, that is logged and it starts again after a
    second: whatever it does must be safe to repeat.
    """
    task: asyncio.Task[None] | None = None
    try:
        while True:
            held = await _take_or_wait(lease, log)
            if not held and task:
                await stopped(task)
                task = None
            if held and (task is None or task.done()):
                if task is not None:
                    _report(task, lease, log)
                task = asyncio.create_task(_run(work))
            await asyncio.sleep(lease.seconds / 4 if held and task and not task.done() else 1.0)
    finally:
        await seen_through(_end(task, lease))


async def _end(task: asyncio.Task[None] | None, lease: Lease) -> None:
    if task:
        await stopped(task)
    with contextlib.suppress(PyMongoError):
        await lease.release()


async def _take_or_wait(lease: Lease, log: FilteringBoundLogger) -> bool:
    try:
        return await lease.take()
    except PyMongoError as error:
        log.warning("lease cannot be renewed", lease=lease.name, error=str(error))
        return False


async def _run(work: Callable[[], Awaitable[None]]) -> None:
    await work()


def _report(task: "asyncio.Future[None]", lease: Lease, log: FilteringBoundLogger) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("work under lease failed and starts again", lease=lease.name, exc_info=error)
