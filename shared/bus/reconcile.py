"""Rebuild what JetStream lost from the outbox, which MongoDB keeps.

``EVENTS``: every published outbox row whose id is not in the stream is published again, per aggregate in order;
consumers that had it ignore it by their inbox. ``CATALOGUE``: the latest snapshot of every practice must be the one
that the stream holds.
"""

from dataclasses import dataclass
from typing import Any

from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from pymongo import ASCENDING
from pymongo.asynchronous.database import AsyncDatabase

from shared.bus.publish import publish_row
from shared.store.outbox import CATALOGUE_STREAM, EVENTS_STREAM, OUTBOX

_FETCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What one database's outbox was compared with: rows looked at, and how many were missing in each stream."""

    database: str
    rows: int
    missing_events: int
    missing_snapshots: int


async def stored_ids(js: JetStreamContext, stream: str) -> set[str]:
    """Return the ``Nats-Msg-Id`` of every message in a stream, reading headers only."""
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE, headers_only=True, inactive_threshold=60
    )
    reader = await js.pull_subscribe(">", stream=stream, config=config)
    found: set[str] = set()
    try:
        waiting = (await reader.consumer_info()).num_pending or 0
        seen = 0
        while seen < waiting:
            for message in await reader.fetch(min(_FETCH, waiting - seen), timeout=5):
                seen += 1
                found.add((message.headers or {}).get("Nats-Msg-Id", ""))
    except NatsTimeoutError:
        pass  # messages expired while they were read
    finally:
        await reader.unsubscribe()
    return found


async def reconcile(db: AsyncDatabase[dict[str, Any]], js: JetStreamContext, *, repair: bool) -> Reconciled:
    """Compare one service's outbox with the streams; with ``repair`` publish what is missing."""
    events = await stored_ids(js, EVENTS_STREAM)
    rows = missing_events = missing_snapshots = 0
    latest: dict[str, dict[str, Any]] = {}
    async for row in (
        db[OUTBOX].find({"pending": {"$exists": False}}).sort([("aggregate", ASCENDING), ("version", ASCENDING)])
    ):
        rows += 1
        if any(target["stream"] == CATALOGUE_STREAM for target in row["targets"]):
            latest[row["aggregate"]] = row
        if row["_id"] in events:
            continue
        missing_events += 1
        if repair:
            await _publish(js, row, EVENTS_STREAM)
    for row in latest.values():
        if await _in_catalogue(js, row):
            continue
        missing_snapshots += 1
        if repair:
            await _publish(js, row, CATALOGUE_STREAM)
    return Reconciled(database=db.name, rows=rows, missing_events=missing_events, missing_snapshots=missing_snapshots)


async def _publish(js: JetStreamContext, row: dict[str, Any], stream: str) -> None:
    """Publish again under the same id; when JetStream still remembers an id whose message is gone, under another."""
    targets = [target for target in row["targets"] if target["stream"] == stream]
    if await publish_row(js, {**row, "targets": targets}):
        await publish_row(js, {**row, "targets": targets}, message_id=f"{row['_id']}:again")


async def _in_catalogue(js: JetStreamContext, row: dict[str, Any]) -> bool:
    subject = next(target["subject"] for target in row["targets"] if target["stream"] == CATALOGUE_STREAM)
    try:
        message = await js.get_last_msg(CATALOGUE_STREAM, subject)
    except NotFoundError:
        return False
    held: str = (message.headers or {}).get("aggregateversion", "0")
    return held.isdecimal() and int(held) >= row["version"]
