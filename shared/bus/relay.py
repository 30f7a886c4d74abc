"""The relay: publishes what the outbox holds, per aggregate in order, and marks it only when it is stored.

It runs under a lease, one per service. Each event comes at once, from this process when its transaction is committed
and by a change stream from others; a sweep every second is the truth, so what was missed costs a second and nothing
else. A crash between the acknowledgement and the mark publishes again with the same ``Nats-Msg-Id``: JetStream drops it
within its window, the consumers' inbox afterwards.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from pymongo import ASCENDING
from pymongo.errors import PyMongoError
from structlog.typing import FilteringBoundLogger

from shared.bus.publish import Row, publish_row
from shared.bus.refill import Refill, StreamMissing
from shared.store.client import Store
from shared.store.lease import Lease, work_under_lease
from shared.store.outbox import CATALOGUE_STREAM, OUTBOX, RETENTION
from shared.tasks import side_by_side
from shared.telemetry.metrics import Metrics

BATCH = 200
REMEMBERED = 10_000  # aggregates
SWEEP_SECONDS = 1.0
GATHER_SECONDS = 0.02  # at least this from one publishing to the next: events in a crowd cost a third of one by one
STREAM_WAIT_MILLISECONDS = 10_000  # how long the database is asked to wait for the next event of another process
LOOK_AGAIN_SECONDS = 15.0  # where the streams cannot be looked at


class Relay:
    """Publishes one store's outbox. Everything passes one publisher, so that no event overtakes another of its kind."""

    def __init__(self, store: Store, js: JetStreamContext, *, metrics: Metrics, log: FilteringBoundLogger) -> None:
        self._store = store
        self._js = js
        self._log = log
        self._published = metrics.counter("relay_published", "Events published from the outbox")
        self._failed = metrics.counter("relay_failed", "Attempts to publish that failed")
        self._refilled = metrics.counter("relay_refilled", "Events published again into a stream that was made again")
        self._committed: list[Row] = []  # heard of, not published yet
        self._unmarked: dict[str, Row] = {}  # published, not marked yet
        self._latest: dict[str, int] = {}  # the version that was published last of each aggregate, the oldest first
        self._held: set[str] = set()  # aggregates that wait for the sweep, because an event of theirs failed
        self._awake = asyncio.Event()
        self._behind = True  # more waits than one sweep publishes, or nothing may be published: what is heard waits too
        self._refill = Refill(store, js, log=log)
        self._look_at = 0.0

    async def run(self) -> None:
        """Publish until cancelled, whenever this replica holds the lease."""
        await work_under_lease(Lease(self._store, "relay"), self._work, self._log)

    async def _work(self) -> None:
        self._committed.clear()
        self._unmarked.clear()
        self._behind = True
        await self._refill.begin()
        self._store.once_said = self._hear
        try:
            await side_by_side(self._follow(), self._publish_for_ever())
        finally:
            self._store.once_said = None
            with contextlib.suppress(PyMongoError):
                await self._mark_published()

    def _hear(self, rows: Iterable[Row]) -> None:
        """Take events whose commit is acknowledged."""
        self._committed.extend(rows)
        self._awake.set()

    async def _publish_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        sweep_at = loop.time()
        while True:
            began = loop.time()
            self._awake.clear()
            if began >= sweep_at:
                more = await self._may_publish() and await self._sweep()
                sweep_at = loop.time() + (0 if more else SWEEP_SECONDS)
            rows, self._committed = self._committed, []
            if not self._behind:
                await self._publish([row for row in rows if self._is_new(row)])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(sweep_at):
                    await self._awake.wait()
            await asyncio.sleep(began + GATHER_SECONDS - loop.time())  # nothing, when it had been quiet

    async def _sweep(self) -> bool:
        """Publish what waits; true when more of it waits still and can be published.

        What is heard meanwhile waits behind it.
        """
        try:
            waiting, published = await self.publish_pending()
        except PyMongoError as error:
            self._log.warning("outbox cannot be read or marked", error=str(error))
            self._behind = True
            return False
        self._behind = waiting == BATCH
        return published >= BATCH

    async def _may_publish(self) -> bool:
        """Look whether the streams are those that were published into, and fill those that are not.

        It is asked every second, and whoever makes a stream again leaves it missing for longer: so no event gets into
        another stream before the earlier ones of its aggregate. Until a sweep nothing is published that is only heard.
        """
        self._behind = True
        loop = asyncio.get_running_loop()
        if loop.time() < self._look_at:
            return True
        try:
            replaced = await self._refill.replaced()
        except (StreamMissing, PyMongoError) as error:
            self._log.warning("outbox waits", reason=str(error))
            return False
        except (NatsError, TimeoutError, OSError) as error:
            # It may be that we are not let look, by rights of an earlier release: publishing tells what it can.
            self._log.warning("streams cannot be looked at", error=repr(error))
            self._look_at = loop.time() + LOOK_AGAIN_SECONDS
            return True
        try:
            for stream, made in replaced:
                await self._mark_published()
                self._refilled.inc(await self._refill.fill(stream, made))
        except (NatsError, TimeoutError, OSError, PyMongoError) as error:
            self._log.warning("stream is not filled yet", error=repr(error))
            return False
        return True

    def _is_new(self, row: Row) -> bool:
        """Whether an event that was heard of is neither held back nor published by a sweep before."""
        aggregate = row["aggregate"]
        return aggregate not in self._held and row["version"] > self._latest.get(aggregate, 0)

    async def publish_pending(self) -> tuple[int, int]:
        """Publish and mark one batch; returns how many events were waiting and how many are stored now."""
        await self._mark_published()
        rows = await self._store.db[OUTBOX].find({"pending": True}).sort("_id", ASCENDING).limit(BATCH).to_list(None)
        self._held.clear()
        published = await self._publish(rows)
        await self._mark_published()
        return len(rows), published

    async def _publish(self, rows: list[Row]) -> int:
        known = [row for row in rows if row["_id"] not in self._unmarked]
        by_aggregate: dict[str, list[Row]] = defaultdict(list)
        for row in sorted([*known, *await self._earlier(known)], key=_version):
            if row["aggregate"] not in self._held:
                by_aggregate[row["aggregate"]].append(row)
        counts = await asyncio.gather(*(self._publish_in_order(some) for some in by_aggregate.values()))
        return sum(counts)

    async def _earlier(self, rows: list[Row]) -> list[Row]:
        """Return the events that still wait before these, said by a process that was not heard yet.

        It asks only where it has not published the one before itself. While nobody can answer, the aggregate is held.
        """
        gaps: dict[str, tuple[int, int]] = {}
        reached: dict[str, int] = {}
        for row in sorted(rows, key=_version):
            aggregate, version = row["aggregate"], row["version"]
            last = reached.get(aggregate, self._latest.get(aggregate, 0))
            if version > last + 1:
                gaps[aggregate] = (gaps.get(aggregate, (last, 0))[0], version)
            reached[aggregate] = max(last, version)
        if not gaps:
            return []
        between = [
            {"aggregate": aggregate, "version": {"$gt": after, "$lt": before}}
            for aggregate, (after, before) in gaps.items()
        ]
        try:
            found = await self._store.db[OUTBOX].find({"$or": between, "pending": True}).to_list(None)
        except PyMongoError as error:
            self._log.warning("outbox cannot be read or marked", error=str(error))
            self._held.update(gaps)
            return []
        known = {row["_id"] for row in rows}
        return [row for row in found if row["_id"] not in known and row["_id"] not in self._unmarked]

    async def _publish_in_order(self, rows: list[Row]) -> int:
        for count, row in enumerate(rows):
            try:
                await publish_row(self._js, row)
            except (NatsError, TimeoutError, OSError) as error:
                # Later events of this aggregate wait for this one, or consumers would see a gap.
                self._held.add(row["aggregate"])
                self._failed.inc()
                self._log.warning("event not published yet", event_id=row["_id"], error=repr(error))
                return count
            self._unmarked[row["_id"]] = row
            self._remember(row)
            self._refill.publishes_into(row)
        return len(rows)

    def _remember(self, row: Row) -> None:
        aggregate = row["aggregate"]
        self._latest[aggregate] = max(row["version"], self._latest.pop(aggregate, 0))
        if len(self._latest) > REMEMBERED:
            del self._latest[next(iter(self._latest))]

    async def _mark_published(self) -> None:
        """Mark what is published, many at a time; what a crash leaves unmarked is published again and dropped."""
        if rows := list(self._unmarked.values()):
            await self._mark(rows)
            for row in rows:
                self._unmarked.pop(row["_id"], None)

    async def _mark(self, rows: Sequence[Row]) -> None:
        outbox = self._store.db[OUTBOX]
        now = self._store.clock()
        # The latest snapshot of a practice stays, so that the catalogue can be rebuilt; older ones may go.
        kept = [row for row in rows if _catalogued(row)]
        passing = [row["_id"] for row in rows if not _catalogued(row)]
        if passing:
            times = {"published_at": now, "expires_at": now + RETENTION}
            await outbox.update_many({"_id": {"$in": passing}}, {"$set": times, "$unset": {"pending": ""}})
        if kept:
            await outbox.update_many(
                {"_id": {"$in": [row["_id"] for row in kept]}},
                {"$set": {"published_at": now}, "$unset": {"pending": "", "expires_at": ""}},
            )
        for row in kept:
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
        self._published.inc(len(rows))

    async def _follow(self) -> None:
        """Hear what other processes say."""
        inserts: list[dict[str, Any]] = [
            {"$match": {"operationType": "insert", "fullDocument.said_by": {"$ne": self._store.id}}},
            {"$project": {"fullDocument": 1}},
        ]
        outbox = self._store.db[OUTBOX]
        while True:
            try:
                async with await outbox.watch(inserts, max_await_time_ms=STREAM_WAIT_MILLISECONDS) as changes:
                    async for change in changes:
                        self._hear((change["fullDocument"],))
            except PyMongoError as error:
                self._log.warning("outbox is not watched; the sweep goes on", error=str(error))
            await asyncio.sleep(SWEEP_SECONDS)


def _version(row: Row) -> int:
    return int(row["version"])


def _catalogued(row: Row) -> bool:
    return any(target["stream"] == CATALOGUE_STREAM for target in row["targets"])
