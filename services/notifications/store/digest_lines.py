"""What waits for the next daily digest of each person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from services.notifications.domain.digest import Line
from services.notifications.domain.kinds import Kind
from services.notifications.domain.reach import publication_of
from services.notifications.store.documents import Document, Session, enter, facts_document, facts_of

# As long as anything is held for somebody who has not signed in, and long after its digest was sent.
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A line and whose it is, with the digest it is due in."""

    person_id: str
    line: Line
    due_at: datetime
    reminder_id: str | None = None


class DigestLines:
    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._rows = db["digest_lines"]

    async def make_indexes(self) -> None:
        await self._rows.create_indexes(
            [
                IndexModel([("due_at", ASCENDING)], sparse=True, name="waiting"),
                IndexModel([("person_id", ASCENDING), ("due_at", ASCENDING)], name="person"),
                IndexModel([("reminder_id", ASCENDING)], sparse=True, name="reminder"),
                IndexModel([("forget_at", ASCENDING)], expireAfterSeconds=0, name="retention"),
            ]
        )

    async def add(self, lines: Sequence[Waiting], session: Session = None) -> None:
        """Enter these; those that are there already, or were in a digest, stay as they are."""
        await enter(self._rows, {one.line.key: _row(one) for one in lines}, session)

    async def due_people(self, now: datetime) -> list[str]:
        """Return who has a digest due."""
        return list(await self._rows.distinct("person_id", {"due_at": {"$lte": now}}))

    async def due(self, person_id: str, now: datetime, session: Session) -> list[Line]:
        """Return what a person's due digest is to hold."""
        rows = self._rows.find({"person_id": person_id, "due_at": {"$lte": now}}, session=session)
        return [_line(row) async for row in rows]

    async def gathered(self, lines: Iterable[Line], session: Session) -> None:
        """Take lines out of the queue; they stay on record, so that nothing is told in two digests."""
        keys = [line.key for line in lines]
        await self._rows.update_many({"_id": {"$in": keys}}, {"$unset": {"due_at": ""}}, session=session)

    async def move(self, person_id: str, due_at: datetime, session: Session) -> None:
        """Put off, or bring forward, everything that waits for a person: their morning is at another time now."""
        waiting = {"person_id": person_id, "due_at": {"$exists": True}}
        await self._rows.update_many(waiting, {"$set": {"due_at": due_at}}, session=session)

    async def cancel(self, reminders: Iterable[str], session: Session) -> list[str]:
        """Take back reminders that have lost their reason; returns the keys of lines that a digest may have taken."""
        mine = {"reminder_id": {"$in": list(reminders)}}
        rows = await self._rows.find(mine, {"due_at": 1}, session=session).to_list(None)
        waiting = [row["_id"] for row in rows if "due_at" in row]
        if waiting:
            await self._rows.update_many({"_id": {"$in": waiting}}, {"$unset": {"due_at": ""}}, session=session)
        return [row["_id"] for row in rows if "due_at" not in row]


def _row(one: Waiting) -> Document:
    row: Document = {
        "person_id": one.person_id,
        "kind": one.line.kind.value,
        "at": one.line.at,
        "facts": facts_document(one.line.facts),
        "due_at": one.due_at,
        "forget_at": one.due_at + KEPT,
    }
    if one.reminder_id:
        row["reminder_id"] = one.reminder_id
    if about := publication_of(one.line.kind, one.line.facts):
        row["about"] = about
    return row


def _line(row: Document) -> Line:
    return Line(key=row["_id"], kind=Kind(row["kind"]), at=row["at"], facts=facts_of(row["facts"]))
