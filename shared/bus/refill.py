"""Filling a stream anew: what was published into one that is gone is published into the one in its place.

A service notes in its own database, in ``published_into``, which stream it publishes into, by when that was made. In
another one it publishes everything again that the outbox has for it, in order and under the same ids: JetStream drops
what the new stream has already, consumers ignore what they had by their inbox.
"""

import asyncio
from collections.abc import AsyncIterator

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError, ServiceUnavailableError
from pymongo import ASCENDING
from structlog.typing import FilteringBoundLogger

from shared.bus.publish import Row, publish_row
from shared.bus.topology import made_at
from shared.store.client import Store
from shared.store.outbox import CATALOGUE_STREAM, EVENTS_STREAM, OUTBOX, RETENTION

PUBLISHED_INTO = "published_into"
_TOGETHER = 64  # aggregates side by side


class StreamMissing(Exception):
    """A stream is not there, so nothing may be published until it is known what comes in its place."""


class Refill:
    """Knows the streams that one store publishes into."""

    def __init__(self, store: Store, js: JetStreamContext, *, log: FilteringBoundLogger) -> None:
        self._store = store
        self._js = js
        self._log = log
        self._known: dict[str, str | None] = {}

    async def begin(self) -> None:
        """Read what is noted, as whoever published before has left it."""
        rows = await self._store.db[PUBLISHED_INTO].find().to_list(None)
        self._known = {EVENTS_STREAM: None} | {row["_id"]: row["made"] for row in rows}

    def publishes_into(self, row: Row) -> None:
        """Take note of the streams that an event goes to; of a new one ``replaced`` notes which it is."""
        for target in row["targets"]:
            self._known.setdefault(target["stream"], None)

    async def replaced(self) -> list[tuple[str, str]]:
        """Return the streams that are other ones than were published into, and when they were made.

        Raises StreamMissing while one is not there, or an error of nats-py.
        """
        found = []
        for name, known in list(self._known.items()):
            try:
                made = str(made_at(await self._js.stream_info(name)))
            except (NotFoundError, ServiceUnavailableError) as error:
                raise StreamMissing(f"the stream {name} is not there") from error
            if known is None:
                await self.note(name, made)
            elif known != made:
                found.append((name, made))
        return found

    async def fill(self, stream: str, made: str) -> int:
        """Publish everything again that a stream had, and note that it is the one now; returns how many events.

        What stops it half-way is raised; it begins anew then, and what is there already is dropped.
        """
        self._log.warning("stream is another one and is filled again", stream=stream, made=made)
        count = 0
        waiting: list[list[Row]] = []
        async for rows in self._by_aggregate(stream):
            waiting.append(rows)
            count += len(rows)
            if len(waiting) == _TOGETHER:
                await self._publish(waiting, stream)
                waiting = []
        await self._publish(waiting, stream)
        await self.note(stream, made)
        self._log.warning("stream is filled again", stream=stream, events=count)
        return count

    async def note(self, stream: str, made: str) -> None:
        self._known[stream] = made
        await self._store.db[PUBLISHED_INTO].update_one({"_id": stream}, {"$set": {"made": made}}, upsert=True)

    async def _by_aggregate(self, stream: str) -> AsyncIterator[list[Row]]:
        """Give what was published of each aggregate, in order; of the catalogue, which keeps no more, the latest."""
        since = {} if stream == CATALOGUE_STREAM else {"published_at": {"$gt": self._store.clock() - RETENTION}}
        published = {"targets.stream": stream, "pending": {"$exists": False}, **since}
        rows: list[Row] = []
        async for row in (
            self._store.db[OUTBOX].find(published).sort([("aggregate", ASCENDING), ("version", ASCENDING)])
        ):
            if rows and rows[0]["aggregate"] != row["aggregate"]:
                yield rows
                rows = []
            rows = [row] if stream == CATALOGUE_STREAM else [*rows, row]
        if rows:
            yield rows

    async def _publish(self, aggregates: list[list[Row]], stream: str) -> None:
        work = (self._publish_in_order(rows, stream) for rows in aggregates)
        for outcome in await asyncio.gather(*work, return_exceptions=True):
            if outcome is not None:
                raise outcome

    async def _publish_in_order(self, rows: list[Row], stream: str) -> None:
        for row in rows:
            targets = [target for target in row["targets"] if target["stream"] == stream]
            await publish_row(self._js, {**row, "targets": targets})
