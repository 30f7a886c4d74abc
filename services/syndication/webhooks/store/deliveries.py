"""Deliveries: one row for each endpoint and event that it is sent, with what every attempt came to.

``pending`` is there while it is to be sent: ``event``, or ``test`` for a test ping, which goes out of turn and once.
``position`` is its place among all deliveries, ``attempts`` counts those since it was queued last.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.syndication.store.log import RETENTION
from services.syndication.webhooks.domain.attempt import KEPT_BODY_BYTES, Answer, Attempt, Outcome, Verdict
from shared.store.outbox import Transaction

KEPT_ATTEMPTS: Final = 20
EVENT: Final = "event"
TEST: Final = "test"

Row = dict[str, Any]
Session = AsyncClientSession | None


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """``begun_at`` is when it was first tried since it was queued; ``body`` is there for a test ping only."""

    endpoint_id: str
    event_id: str
    type: str
    about: str
    state: DeliveryState
    position: int
    attempts: int
    queued_at: datetime
    due_at: datetime | None = None
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    replays: int = 0
    is_test: bool = False
    body: bytes | None = None
    tries: tuple[Attempt, ...] = ()

    @property
    def key(self) -> str:
        return key_of(self.endpoint_id, self.event_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """An event for one endpoint, to be queued at ``position``."""

    endpoint_id: str
    event_id: str
    type: str
    about: str
    position: int


def key_of(endpoint_id: str, event_id: str) -> str:
    return f"{endpoint_id}:{event_id}"


class Deliveries:
    def __init__(self, db: AsyncDatabase[Row]) -> None:
        self._rows = db["webhook_deliveries"]

    async def make_indexes(self) -> None:
        """Safe to repeat."""
        waiting = {"pending": {"$exists": True}}
        await self._rows.create_indexes(
            [
                IndexModel(
                    [("pending", ASCENDING), ("endpoint_id", ASCENDING), ("due_at", ASCENDING)],
                    name="due",
                    partialFilterExpression=waiting,
                ),
                IndexModel(
                    [("pending", ASCENDING), ("endpoint_id", ASCENDING), ("position", ASCENDING)],
                    name="turn",
                    partialFilterExpression=waiting,
                ),
                IndexModel([("endpoint_id", ASCENDING), ("position", DESCENDING)], name="endpoint"),
                IndexModel([("event_id", ASCENDING)], name="event"),
                IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0, name="expiry"),
            ]
        )

    # Queueing

    async def queue(self, tx: Transaction, queued: Sequence[Queued]) -> None:
        """Queue events that these endpoints do not have yet."""
        rows = [{"_id": key_of(one.endpoint_id, one.event_id), **_queued(one, tx.now)} for one in queued]
        await self._rows.insert_many(rows, ordered=False, session=tx.session)

    async def queue_test(self, tx: Transaction, one: Queued, body: bytes) -> None:
        row = {"_id": key_of(one.endpoint_id, one.event_id), **_queued(one, tx.now), "pending": TEST, "test": True}
        await self._rows.insert_one({**row, "body": body}, session=tx.session)

    async def waiting_among(self, endpoint_id: str, event_ids: Collection[str], session: Session) -> frozenset[str]:
        """Return those of these events that wait already."""
        keys = [key_of(endpoint_id, one) for one in event_ids]
        query = {"_id": {"$in": keys}, "pending": EVENT}
        rows = await self._rows.find(query, {"event_id": 1}, session=session).to_list(None)
        return frozenset(row["event_id"] for row in rows)

    async def queue_again(self, tx: Transaction, queued: Sequence[Queued]) -> None:
        """Queue events that do not wait, whether they were sent before or not."""
        steps = [
            UpdateOne(
                {"_id": key_of(one.endpoint_id, one.event_id)},
                {"$set": _queued(one, tx.now), "$unset": {"begun_at": "", "ended_at": ""}, "$inc": {"replays": 1}},
                upsert=True,
            )
            for one in queued
        ]
        await self._rows.bulk_write(steps, ordered=False, session=tx.session)

    async def hurry(self, tx: Transaction, endpoint_id: str, event_ids: Collection[str] | None = None) -> None:
        """Have what waits tried now, with the whole schedule before it: these events, or all of the endpoint."""
        query: Row = {"pending": EVENT, "endpoint_id": endpoint_id}
        if event_ids is not None:
            query["_id"] = {"$in": [key_of(endpoint_id, one) for one in event_ids]}
        change = {"$set": {"due_at": tx.now, "attempts": 0}, "$unset": {"begun_at": ""}}
        await self._rows.update_many(query, change, session=tx.session)

    async def revive(self, tx: Transaction, endpoint_id: str) -> None:
        """Let what failed wait again, at its old place."""
        change = {"pending": EVENT, "state": DeliveryState.WAITING.value, "due_at": tx.now, "attempts": 0}
        await self._rows.update_many(
            {"endpoint_id": endpoint_id, "state": DeliveryState.FAILED.value, "test": {"$ne": True}},
            {"$set": change, "$unset": {"begun_at": "", "ended_at": ""}},
            session=tx.session,
        )

    async def remove(self, tx: Transaction, endpoint_id: str) -> None:
        await self._rows.delete_many({"endpoint_id": endpoint_id}, session=tx.session)

    # Delivering

    async def soonest(self, endpoint_ids: Collection[str], *, ordered: bool) -> Mapping[str, datetime]:
        """Return by endpoint when something is due next: the next in order, or whatever is due first."""
        if not endpoint_ids:
            return {}
        by = "position" if ordered else "due_at"
        return await self._first({"pending": EVENT, "endpoint_id": {"$in": list(endpoint_ids)}}, by)

    async def soonest_tests(self) -> Mapping[str, datetime]:
        return await self._first({"pending": TEST}, "due_at")

    async def _first(self, match: Row, by: str) -> Mapping[str, datetime]:
        # Sorted so, the server jumps in the index from endpoint to endpoint (DISTINCT_SCAN): a backlog costs nothing.
        rows = await self._rows.aggregate(
            [
                {"$match": match},
                {"$sort": {"pending": 1, "endpoint_id": 1, by: 1}},
                {"$group": {"_id": "$endpoint_id", "due_at": {"$first": "$due_at"}}},
            ]
        )
        return {row["_id"]: row["due_at"] async for row in rows}

    async def due(self, endpoint_id: str, now: datetime, *, limit: int) -> Sequence[Delivery]:
        """Return what is due, the longest due first."""
        query = {"pending": EVENT, "endpoint_id": endpoint_id, "due_at": {"$lte": now}}
        rows = await self._rows.find(query, {"tries": 0}).sort("due_at", ASCENDING).limit(limit).to_list(None)
        return [_delivery(row) for row in rows]

    async def in_turn(self, endpoint_id: str, *, limit: int) -> Sequence[Delivery]:
        """Return what is to be sent next, in order, due or not."""
        query = {"pending": EVENT, "endpoint_id": endpoint_id}
        rows = await self._rows.find(query, {"tries": 0}).sort("position", ASCENDING).limit(limit).to_list(None)
        return [_delivery(row) for row in rows]

    async def tests(self, endpoint_id: str) -> Sequence[Delivery]:
        rows = await self._rows.find({"pending": TEST, "endpoint_id": endpoint_id}).to_list(None)
        return [_delivery(row) for row in rows]

    async def settle(self, settled: Iterable[tuple[Delivery, Attempt, Verdict]]) -> None:
        """Write down attempts. A failure has no effect on a delivery that somebody else has taken further meanwhile."""
        await self._rows.bulk_write([_settling(*one) for one in settled], ordered=False)

    # Reading

    async def get(self, endpoint_id: str, event_id: str, session: Session = None) -> Delivery | None:
        row = await self._rows.find_one({"_id": key_of(endpoint_id, event_id)}, session=session)
        return _delivery(row) if row else None

    async def page(
        self, endpoint_id: str, *, state: DeliveryState | None, before: int | None, limit: int
    ) -> Sequence[Delivery]:
        """Return deliveries, the last queued first."""
        query: Row = {"endpoint_id": endpoint_id}
        if state:
            query["state"] = state.value
        if before is not None:
            query["position"] = {"$lt": before}
        rows = (
            await self._rows.find(query, {"tries": {"$slice": -1}})
            .sort("position", DESCENDING)
            .limit(limit)
            .to_list(None)
        )
        return [_delivery(row) for row in rows]

    async def of_events(self, event_ids: Collection[str]) -> Sequence[Delivery]:
        """Return the deliveries of these events to every endpoint."""
        rows = await self._rows.find({"event_id": {"$in": list(event_ids)}}).to_list(None)
        return [_delivery(row) for row in rows]

    async def waiting(self, endpoint_ids: Collection[str]) -> Mapping[str, tuple[int, datetime]]:
        """Return by endpoint how many events wait, and since when the oldest of them."""
        rows = await self._rows.aggregate(
            [
                {"$match": {"pending": EVENT, "endpoint_id": {"$in": list(endpoint_ids)}}},
                {"$group": {"_id": "$endpoint_id", "count": {"$sum": 1}, "oldest": {"$min": "$queued_at"}}},
            ]
        )
        return {row["_id"]: (row["count"], row["oldest"]) async for row in rows}


def _queued(one: Queued, now: datetime) -> Row:
    return {
        "endpoint_id": one.endpoint_id,
        "event_id": one.event_id,
        "type": one.type,
        "about": one.about,
        "state": DeliveryState.WAITING.value,
        "pending": EVENT,
        "position": one.position,
        "attempts": 0,
        "queued_at": now,
        "due_at": now,
        "expires_at": now + RETENTION,
    }


def _settling(delivery: Delivery, attempt: Attempt, verdict: Verdict) -> UpdateOne:
    # What was queued again meanwhile is another matter; only the log is told.
    mine: Row = {"_id": delivery.key, "pending": {"$exists": True}, "queued_at": delivery.queued_at}
    done: Row = {"begun_at": delivery.begun_at or attempt.at}
    ended = verdict.delivered or verdict.due_at is None
    if ended:
        done["state"] = (DeliveryState.DELIVERED if verdict.delivered else DeliveryState.FAILED).value
        done["ended_at"] = attempt.at
    else:
        done["due_at"] = verdict.due_at
    change: Row = {
        "$set": done,
        "$inc": {"attempts": 1},
        "$push": {"tries": {"$each": [_try_document(attempt)], "$slice": -KEPT_ATTEMPTS}},
    }
    if ended:
        change["$unset"] = {"pending": "", "due_at": ""}
    if not verdict.delivered:
        mine["attempts"] = delivery.attempts
    return UpdateOne(mine, change)


def _try_document(attempt: Attempt) -> Row:
    answer = attempt.answer
    return {
        "at": attempt.at,
        "seconds": attempt.seconds,
        "url": attempt.url,
        "sent": dict(attempt.sent),
        "outcome": answer.outcome.value,
        "status": answer.status,
        "headers": dict(answer.headers),
        "body": answer.body[:KEPT_BODY_BYTES],
        "cut": answer.cut,
        "error": answer.error,
    }


def _try(row: Row) -> Attempt:
    answer = Answer(
        outcome=Outcome(row["outcome"]),
        status=row["status"],
        headers=row["headers"],
        body=bytes(row["body"]),
        cut=row["cut"],
        error=row["error"],
    )
    return Attempt(at=row["at"], seconds=row["seconds"], url=row["url"], sent=row["sent"], answer=answer)


def _delivery(row: Row) -> Delivery:
    body = row.get("body")
    return Delivery(
        endpoint_id=row["endpoint_id"],
        event_id=row["event_id"],
        type=row["type"],
        about=row["about"],
        state=DeliveryState(row["state"]),
        position=row["position"],
        attempts=row["attempts"],
        queued_at=row["queued_at"],
        due_at=row.get("due_at"),
        begun_at=row.get("begun_at"),
        ended_at=row.get("ended_at"),
        replays=row.get("replays", 0),
        is_test=row.get("test", False),
        body=bytes(body) if body is not None else None,
        tries=tuple(_try(one) for one in row.get("tries", ())),
    )
