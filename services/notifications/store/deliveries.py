"""The ledger of mails. ``_id`` is the delivery key, so one thing is told to one person once, however often it is said.

``not_before`` is there only while a mail waits to be sent, ``lease_until`` only while one sender holds it: each has
a sparse index that is as long as the queue, however long the ledger grows.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.asynchronous.change_stream import AsyncCollectionChangeStream
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from services.notifications.domain.digest import Digest, Line
from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import Kind
from services.notifications.domain.ledger import HELD_AT_MOST, LONGEST_RETRY, Entry, State, pause
from services.notifications.domain.reach import publication_of
from services.notifications.store.documents import Document, Session, enter, facts_document, facts_of

DIGEST = "digest"
KEPT = timedelta(days=180)
COLLECTION = "deliveries"
_ALL_PAUSES = 10  # from this attempt on they are all the longest
_CLAIM = {"claim": "", "lease_until": ""}
STREAM_WAIT_MILLISECONDS = 10_000  # how long the database is asked to wait for the next mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One mail of the ledger. It tells one thing (``kind``, ``facts``) or a day (``digest``)."""

    key: str
    person_id: str
    entry: Entry
    kind: Kind | None = None
    facts: Facts | None = None
    digest: Digest | None = None
    reminder_id: str | None = None
    claim: str | None = None
    lease_until: datetime | None = None
    ended_at: datetime | None = None

    @property
    def kind_name(self) -> str:
        return self.kind.value if self.kind else DIGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Mails that wait: ``retrying`` are those tried before, ``oldest`` is since when the oldest one waits that could
    have gone. ``held`` have nobody who can be reached; of ``unknown`` nobody knows whether they went.
    """

    waiting: int
    retrying: int
    oldest: datetime | None
    held: int
    unknown: int


class Deliveries:
    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._rows: AsyncCollection[Document] = db[COLLECTION]

    async def make_indexes(self) -> None:
        await self._rows.create_indexes(
            [
                IndexModel([("not_before", ASCENDING)], sparse=True, name="waiting"),
                IndexModel([("lease_until", ASCENDING)], sparse=True, name="held_by_a_sender"),
                IndexModel([("person_id", ASCENDING), ("state", ASCENDING)], name="person"),
                IndexModel([("state", ASCENDING), ("queued_at", DESCENDING)], name="state"),
                IndexModel([("queued_at", DESCENDING), ("_id", DESCENDING)], name="newest"),
                IndexModel([("reminder_id", ASCENDING)], sparse=True, name="reminder"),
                IndexModel([("forget_at", ASCENDING)], expireAfterSeconds=0, name="retention"),
            ]
        )

    async def add(self, deliveries: Sequence[Delivery], session: Session = None) -> frozenset[str]:
        """Enter these mails; those that are in the ledger already stay as they are. Returns the keys of the others."""
        return await enter(self._rows, {one.key: _row(one) for one in deliveries}, session)

    async def claim(self, now: datetime, *, claim: str, lease: timedelta) -> Delivery | None:
        """Take the mail that has waited longest, for one attempt; nobody else gets it until ``lease`` is over."""
        row = await self._rows.find_one_and_update(
            {"not_before": {"$lte": now}},
            {
                "$set": {"state": State.SENDING, "claim": claim, "lease_until": now + lease},
                "$unset": {"not_before": ""},
                "$inc": {"attempts": 1},
            },
            sort=[("not_before", ASCENDING)],
            return_document=ReturnDocument.AFTER,
        )
        return _delivery(row) if row else None

    async def watch(self) -> AsyncCollectionChangeStream[Document]:
        """Return a stream that tells of every mail that begins to wait."""
        waits = [
            {"operationType": "insert", "fullDocument.not_before": {"$exists": True}},
            {"updateDescription.updatedFields.not_before": {"$exists": True}},
        ]
        steps: list[Document] = [{"$match": {"$or": waits}}, {"$project": {"_id": 1}}]
        return await self._rows.watch(steps, max_await_time_ms=STREAM_WAIT_MILLISECONDS)

    async def settle(self, delivery: Delivery, entry: Entry, now: datetime) -> bool:
        """Record what became of a claimed mail; False when the claim is no longer ours."""
        found = await self._rows.update_one(
            {"_id": delivery.key, "claim": delivery.claim}, _settled(entry, now), hint="_id_"
        )
        return found.matched_count == 1

    async def settle_sent(self, deliveries: Collection[Delivery], now: datetime) -> int:
        """Record that claimed mails went; returns of how many the claim was still ours."""
        keys, claims = [one.key for one in deliveries], [one.claim for one in deliveries]
        found = await self._rows.update_many(
            {"_id": {"$in": keys}, "claim": {"$in": claims}},
            {"$set": {"state": State.SENT, "reason": "", **_ended(now)}, "$unset": _CLAIM},
        )
        return found.matched_count

    async def abandoned(self, now: datetime) -> list[Delivery]:
        """Return the mails whose sender did not come back in time."""
        return [_delivery(row) async for row in self._rows.find({"lease_until": {"$lte": now}}).limit(100)]

    async def bring_forward(self, now: datetime) -> int:
        """Make due what only waits because a clock was ahead when it was queued or put off; returns how many."""
        # No attempt is put off for longer than its pause.
        pauses = [{"attempts": tried, "not_before": {"$gt": now + pause(tried)}} for tried in range(1, _ALL_PAUSES)]
        ahead = [{"queued_at": {"$gt": now}}, {"not_before": {"$gt": now + LONGEST_RETRY}}, *pauses]
        found = await self._rows.update_many(
            {"not_before": {"$gt": now}, "$or": ahead}, {"$set": {"not_before": now}}, hint="waiting"
        )
        return found.modified_count

    async def release(self, person_id: str, now: datetime, session: Session = None) -> int:
        """Queue what was held for a person who can be reached now, unless it has waited too long."""
        found = await self._rows.update_many(
            {"person_id": person_id, "state": State.HELD, "queued_at": {"$gt": now - HELD_AT_MOST}},
            {"$set": {"state": State.QUEUED, "queued_at": now, "not_before": now, "reason": ""}},
            session=session,
        )
        return found.modified_count

    async def held_for(self, holder: str, now: datetime, session: Session = None) -> list[Delivery]:
        """Return what is held for somebody (or for a role nobody has yet) and is not too old."""
        rows = self._rows.find(
            {"person_id": holder, "state": State.HELD, "queued_at": {"$gt": now - HELD_AT_MOST}}, session=session
        )
        return [_delivery(row) async for row in rows]

    async def holders(self) -> list[str]:
        """Return for whom something is held."""
        return list(await self._rows.distinct("person_id", {"state": State.HELD}))

    async def give_up_held(self, now: datetime) -> int:
        """End what was held for longer than it may be."""
        found = await self._rows.update_many(
            {"state": State.HELD, "queued_at": {"$lte": now - HELD_AT_MOST}},
            {"$set": {"state": State.FAILED, "reason": "held for 30 days", **_ended(now)}},
        )
        return found.modified_count

    async def cancel(
        self, reason: str, now: datetime, *, keys: Iterable[str] = (), reminders: Iterable[str] = (), session: Session
    ) -> None:
        """Take back mails that are not under way yet."""
        which = [{"_id": {"$in": list(keys)}}, {"reminder_id": {"$in": list(reminders)}}]
        await self._rows.update_many(
            {"$or": which, "state": {"$in": [State.QUEUED, State.HELD]}},
            {
                "$set": {"state": State.CANCELLED, "reason": reason, **_ended(now)},
                "$unset": {"not_before": ""},
            },
            session=session,
        )

    async def take_out(self, lines: Sequence[str], session: Session) -> None:
        """Take lines out of digests that are not under way yet; one that is left with none is not sent."""
        if lines:
            # The state's index is as short as the queue; lines have none.
            which = {"state": {"$in": [State.QUEUED, State.HELD]}, "digest.shown.key": {"$in": list(lines)}}
            change = {"$pull": {"digest.shown": {"key": {"$in": list(lines)}}}}
            await self._rows.update_many(which, change, session=session)

    async def page(
        self, *, state: State | None, doubtful: bool, before: tuple[datetime, str] | None, limit: int
    ) -> list[Delivery]:
        """Return mails, the newest first, that were entered before a place."""
        query: Document = {"state": state} if state else {}
        if doubtful:
            query["doubts"] = {"$gt": 0}
        if before:
            at, key = before
            query["$or"] = [{"queued_at": {"$lt": at}}, {"queued_at": at, "_id": {"$lt": key}}]
        rows = self._rows.find(query).sort([("queued_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        return [_delivery(row) async for row in rows]

    async def queue(self, now: datetime) -> Queue:
        """Return how much waits to be sent, and what nobody sends by itself."""
        tried = {"$gt": ["$attempts", 0]}
        late = {"$or": [tried, {"$lte": ["$not_before", now]}]}
        steps: list[Document] = [
            {"$match": {"not_before": {"$exists": True}}},
            {
                "$group": {
                    "_id": None,
                    "waiting": {"$sum": 1},
                    "retrying": {"$sum": {"$cond": [tried, 1, 0]}},
                    "oldest": {"$min": {"$cond": [late, "$queued_at", None]}},
                }
            },
        ]
        found = await (await self._rows.aggregate(steps)).to_list(1)
        row: Document = found[0] if found else {"waiting": 0, "retrying": 0, "oldest": None}
        return Queue(
            waiting=row["waiting"],
            retrying=row["retrying"],
            oldest=row["oldest"],
            held=await self._rows.count_documents({"state": State.HELD}),
            unknown=await self._rows.count_documents({"state": State.UNKNOWN}),
        )

    async def counts(self) -> dict[str, int]:
        """Return how many mails are in each state."""
        cursor = await self._rows.aggregate([{"$group": {"_id": "$state", "count": {"$sum": 1}}}])
        found = {row["_id"]: row["count"] async for row in cursor}
        return {state.value: found.get(state.value, 0) for state in State}

    async def doubtful(self) -> int:
        """Return how many mails were ever in doubt, so may have arrived twice or not at all."""
        return await self._rows.count_documents({"doubts": {"$gt": 0}})


def _ended(now: datetime) -> Document:
    return {"ended_at": now, "forget_at": now + KEPT}


def _settled(entry: Entry, now: datetime) -> Document:
    wanted: Document = {"state": entry.state, "reason": entry.reason, "doubts": entry.doubts}
    if entry.not_before is not None:
        wanted["not_before"] = entry.not_before
    elif entry.state is not State.HELD:
        wanted |= _ended(now)
    return {"$set": wanted, "$unset": _CLAIM}


def _row(one: Delivery) -> Document:
    row: Document = {
        "person_id": one.person_id,
        "kind": one.kind_name,
        "state": one.entry.state,
        "queued_at": one.entry.queued_at,
        "attempts": one.entry.attempts,
        "doubts": one.entry.doubts,
        "reason": one.entry.reason,
    }
    if one.entry.not_before is not None:
        row["not_before"] = one.entry.not_before
    if one.claim:
        row |= {"claim": one.claim, "lease_until": one.lease_until}
    if one.facts is not None:
        row["facts"] = facts_document(one.facts)
    if one.digest is not None:
        row["digest"] = {
            "event_id": one.digest.event_id,
            "more": one.digest.more,
            "shown": [
                {"key": line.key, "kind": line.kind.value, "at": line.at, "facts": facts_document(line.facts)}
                for line in one.digest.shown
            ],
        }
    if one.reminder_id:
        row["reminder_id"] = one.reminder_id
    if about := _publications(one):
        row["about"] = about
    return row


def _publications(one: Delivery) -> list[str]:
    """Return the publications that a mail tells of."""
    lines = one.digest.shown if one.digest else ()
    found = {publication_of(one.kind, one.facts), *(publication_of(line.kind, line.facts) for line in lines)}
    return sorted(publication for publication in found if publication)


def _delivery(row: Document) -> Delivery:
    entry = Entry(
        state=State(row["state"]),
        queued_at=row["queued_at"],
        not_before=row.get("not_before"),
        attempts=row["attempts"],
        doubts=row["doubts"],
        reason=row["reason"],
    )
    return Delivery(
        key=row["_id"],
        person_id=row["person_id"],
        entry=entry,
        kind=None if row["kind"] == DIGEST else Kind(row["kind"]),
        facts=facts_of(row["facts"]) if "facts" in row else None,
        digest=_digest(row["digest"]) if "digest" in row else None,
        reminder_id=row.get("reminder_id"),
        claim=row.get("claim"),
        lease_until=row.get("lease_until"),
        ended_at=row.get("ended_at"),
    )


def _digest(row: dict[str, Any]) -> Digest:
    shown = tuple(
        Line(key=line["key"], kind=Kind(line["kind"]), at=line["at"], facts=facts_of(line["facts"]))
        for line in row["shown"]
    )
    return Digest(event_id=row["event_id"], shown=shown, more=row["more"])
