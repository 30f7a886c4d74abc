"""The relay: publishes what the outbox holds, per aggregate in order, and marks it only when it is stored.

It runs under a lease, one per service. A change stream wakes it at once; a sweep every second is the truth, so a lost
wake-up costs a second and nothing else. A crash between the acknowledgement and the mark publishes again with the
same ``Nats-Msg-Id``: JetStream drops it within its window, the consumers' inbox afterwards.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from pymongo import ASCENDING
from pymongo.errors import PyMongoError
from structlog.typing import FilteringBoundLogger

from shared.events.envelope import CONTENT_TYPE
from shared.store.client import Store
from shared.store.lease import Lease, work_under_lease
from shared.store.outbox import CATALOGUE_STREAM, OUTBOX, RETENTION
from shared.telemetry.metrics import Metrics

BATCH = 200
SWEEP_SECONDS = 1.0
PUBLISH_TIMEOUT_SECONDS = 5.0

Row = dict[str, Any]


class Relay:
    """Publishes one store's outbox."""

    def __init__(self, store: Store, js: JetStreamContext, *, metrics: Metrics, log: FilteringBoundLogger) -> None:
        self._store = store
        self._js = js
        self._log = log
        self._published = metrics.counter("relay_published", "Events published from the outbox")
        self._failed = metrics.counter("relay_failed", "Attempts to publish that failed")
        self._waiting = metrics.gauge("outbox_waiting", "Events in the outbox that are not published yet")
        self._awake = asyncio.Event()

    async def run(self) -> None:
        """Publish until cancelled, whenever this replica holds the lease."""
        await work_under_lease(Lease(self._store, "relay"), self._work, self._log)

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._wake_on_commit())
            group.create_task(self._publish_for_ever())

    async def _publish_for_ever(self) -> None:
        while True:
            self._awake.clear()
            try:
                _, published = await self.publish_pending()
            except PyMongoError as error:
                self._log.warning("outbox cannot be read or marked", error=str(error))
                published = 0
            if published == BATCH:
                continue  # there are more
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), SWEEP_SECONDS)

    async def publish_pending(self) -> tuple[int, int]:
        """Publish one batch; returns how many events were waiting and how many are stored now."""
        rows = await self._store.db[OUTBOX].find({"pending": True}).sort("_id", ASCENDING).limit(BATCH).to_list(None)
        self._waiting.set(len(rows))
        if not rows:
            return 0, 0
        by_aggregate: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            by_aggregate[row["aggregate"]].append(row)
        batches = await asyncio.gather(*(self._publish_in_order(some) for some in by_aggregate.values()))
        done = [row for batch in batches for row in batch]
        if done:
            await self._mark(done)
        return len(rows), len(done)

    async def _publish_in_order(self, rows: list[Row]) -> list[Row]:
        done: list[Row] = []
        for row in sorted(rows, key=lambda row: row["version"]):
            try:
                await publish_row(self._js, row)
            except (NatsError, TimeoutError, OSError) as error:
                # Later events of this aggregate wait for this one, or consumers would see a gap.
                self._failed.inc()
                self._log.warning("event not published yet", event_id=row["_id"], error=repr(error))
                break
            done.append(row)
        return done

    async def _mark(self, rows: Iterable[Row]) -> None:
        outbox = self._store.db[OUTBOX]
        now = self._store.clock()
        usual = [row["_id"] for row in rows if not _catalogued(row)]
        kept = [row for row in rows if _catalogued(row)]
        if usual:
            await outbox.update_many(
                {"_id": {"$in": usual}},
                {"$set": {"published_at": now, "expires_at": now + RETENTION}, "$unset": {"pending": ""}},
            )
        for row in kept:
            # The latest snapshot of a practice stays, so that the catalogue can be rebuilt; older ones may go.
            await outbox.update_one({"_id": row["_id"]}, {"$set": {"published_at": now}, "$unset": {"pending": ""}})
            if row["version"] > 1:
                await outbox.update_many(
                    {
                        "aggregate": row["aggregate"],
                        "version": {"$lt": row["version"]},
                        "pending": {"$exists": False},
                        "expires_at": {"$exists": False},
                    },
                    {"$set": {"expires_at": now + RETENTION}},
                )
        self._published.inc(len(usual) + len(kept))

    async def _wake_on_commit(self) -> None:
        inserts: list[dict[str, Any]] = [{"$match": {"operationType": "insert"}}, {"$project": {"_id": 1}}]
        while True:
            try:
                async with await self._store.db[OUTBOX].watch(inserts) as changes:
                    self._awake.set()
                    async for _ in changes:
                        self._awake.set()
            except PyMongoError as error:
                self._log.warning("outbox is not watched; the sweep goes on", error=str(error))
            await asyncio.sleep(SWEEP_SECONDS)


def _catalogued(row: Row) -> bool:
    return any(target["stream"] == CATALOGUE_STREAM for target in row["targets"])


async def publish_row(js: JetStreamContext, row: Row, *, message_id: str | None = None) -> bool:
    """Publish one outbox row to each of its targets and wait until every one has stored it.

    Returns whether JetStream had all of them already, by their id.
    """
    headers = {
        "Nats-Msg-Id": message_id or row["_id"],
        "content-type": CONTENT_TYPE,
        "aggregate": row["aggregate"],
        "aggregateversion": str(row["version"]),
    }
    repeated = True
    for target in row["targets"]:
        acknowledged = await js.publish(
            target["subject"],
            bytes(row["body"]),
            stream=target["stream"],
            headers=headers,
            timeout=PUBLISH_TIMEOUT_SECONDS,
        )
        repeated = repeated and bool(acknowledged.duplicate)
    return repeated
