"""Inbox entries. ``_id`` follows from the delivery key, so one thing is told once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import Kind
from services.notifications.store.documents import Document, Session, enter, facts_document, facts_of

KEPT = timedelta(days=400)


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


def _row(one: Notice) -> Document:
    return {
        "person_id": one.person_id,
        "kind": one.kind.value,
        "at": one.at,
        "facts": facts_document(one.facts),
        "read_at": one.read_at,
        "forget_at": one.at + KEPT,
    }


def _notice(row: Document) -> Notice:
    return Notice(
        notice_id=row["_id"],
        person_id=row["person_id"],
        kind=Kind(row["kind"]),
        at=row["at"],
        facts=facts_of(row["facts"]),
        read_at=row["read_at"],
    )
