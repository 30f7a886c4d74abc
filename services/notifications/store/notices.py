"""Inbox entries. ``_id`` follows from the delivery key, so one thing is told once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.change_stream import AsyncCollectionChangeStream
from pymongo.asynchronous.database import AsyncDatabase

from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import Kind
from services.notifications.domain.reach import publication_of
from services.notifications.store.documents import Document, Session, enter, facts_document, facts_of

KEPT = timedelta(days=400)
STREAM_WAIT_MILLISECONDS = 10_000  # how long the database is asked to wait for the next change


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One entry in a person's inbox."""

    notice_id: str
    person_id: str
    kind: Kind
    at: datetime
    facts: Facts
    read_at: datetime | None = None


def notice_id(key: str) -> str:
    """Return the id of the entry with this delivery key: fit for an address, and naming nobody."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


class Notices:
    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._rows = db["notices"]

    async def make_indexes(self) -> None:
        await self._rows.create_indexes(
            [
                IndexModel([("person_id", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)], name="newest"),
                IndexModel([("person_id", ASCENDING), ("read_at", ASCENDING)], name="unread"),
                IndexModel([("forget_at", ASCENDING)], expireAfterSeconds=0, name="retention"),
            ]
        )

    async def add(self, notices: Sequence[Notice], session: Session = None) -> None:
        """Enter these; those that are there already stay as they are."""
        await enter(self._rows, {one.notice_id: _row(one) for one in notices}, session)

    async def page(
        self, person_id: str, *, unread: bool, before: tuple[datetime, str] | None, limit: int
    ) -> list[Notice]:
        """Return a person's entries, the newest first, from before a place."""
        query: Document = {"person_id": person_id}
        if unread:
            query["read_at"] = None
        if before:
            at, last = before
            query["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": last}}]
        rows = self._rows.find(query).sort([("at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        return [_notice(row) async for row in rows]

    async def unread(self, person_id: str) -> int:
        return await self._rows.count_documents({"person_id": person_id, "read_at": None})

    async def watch(self) -> AsyncCollectionChangeStream[Document]:
        """Return a stream that tells of every change, by whatever process, and whose entry it is (see ``whose``)."""
        changes = {"operationType": {"$in": ["insert", "update", "delete"]}}
        steps: list[Document] = [{"$match": changes}, {"$project": {"fullDocument.person_id": 1}}]
        return await self._rows.watch(steps, full_document="updateLookup", max_await_time_ms=STREAM_WAIT_MILLISECONDS)

    async def read(self, person_id: str, one: str, now: datetime, session: Session = None) -> bool:
        """Mark one as read, for the first time; False when this person has no such entry."""
        mine = {"_id": one, "person_id": person_id}
        first = [{"$set": {"read_at": {"$ifNull": ["$read_at", now]}}}]
        found = await self._rows.update_one(mine, first, session=session)
        return found.matched_count == 1

    async def read_all(self, person_id: str, now: datetime, session: Session = None) -> int:
        """Mark all as read; returns how many were not."""
        unread = {"person_id": person_id, "read_at": None}
        found = await self._rows.update_many(unread, {"$set": {"read_at": now}}, session=session)
        return found.modified_count


def whose(change: Mapping[str, Any]) -> str | None:
    """Return whose entry a change is about; None where that cannot be told, as of one that is gone."""
    document = change.get("fullDocument") or {}
    person_id: str | None = document.get("person_id")
    return person_id


def _row(one: Notice) -> Document:
    row: Document = {
        "person_id": one.person_id,
        "kind": one.kind.value,
        "at": one.at,
        "facts": facts_document(one.facts),
        "read_at": one.read_at,
        "forget_at": one.at + KEPT,
    }
    if about := publication_of(one.kind, one.facts):
        row["about"] = about
    return row


def _notice(row: Document) -> Notice:
    return Notice(
        notice_id=row["_id"],
        person_id=row["person_id"],
        kind=Kind(row["kind"]),
        at=row["at"],
        facts=facts_of(row["facts"]),
        read_at=row["read_at"],
    )
