"""Reminders as rows with a due date: made by events, taken back by events, sent late rather than never.

There is one row for each kind, person and thing; ``source`` is the event it was made by last, and with it the
key under which it is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pymongo import ASCENDING, IndexModel, ReplaceOne
from pymongo.asynchronous.database import AsyncDatabase

from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import Kind
from services.notifications.domain.schedule import Stage, Standing
from services.notifications.store.documents import Document, Session, facts_document, facts_of

KEPT = timedelta(days=180)


class ReminderState(StrEnum):
    WAITING = "waiting"
    FIRED = "fired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """``about`` names the thing (a contribution or a case); ``standing`` is set where only the present decides."""

    kind: Kind
    person_id: str
    about: str
    source: str
    due_at: datetime
    facts: Facts
    standing: Standing | None = None

    @property
    def reminder_id(self) -> str:
        return f"{self.kind}:{self.about}:{self.person_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """The reminders of a thing, of everybody or of one person; with ``told_only`` what waits is left to be looked at
    when it is due.
    """

    about: str
    person_id: str | None = None
    told_only: bool = False

    def takes(self, planned: Reminder) -> bool:
        """Say whether it cancels a reminder that waits."""
        mine = self.person_id in (None, planned.person_id)
        return planned.about == self.about and mine and not self.told_only


class Reminders:
    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._rows = db["reminders"]

    async def make_indexes(self) -> None:
        await self._rows.create_indexes(
            [
                IndexModel([("due_at", ASCENDING)], sparse=True, name="waiting"),
                IndexModel([("about", ASCENDING)], name="about"),
                IndexModel([("forget_at", ASCENDING)], expireAfterSeconds=0, name="retention"),
            ]
        )

    async def plan(self, reminders: Sequence[Reminder], session: Session) -> None:
        """Set reminders; each takes the place of one set before for the same kind, person and thing."""
        rows = {one.reminder_id: _row(one) for one in reminders}
        if len(rows) == 1:  # the usual case, at half the cost of a batch
            ((key, row),) = rows.items()
            await self._rows.replace_one({"_id": key}, row, upsert=True, session=session)
        elif rows:
            batch = [ReplaceOne({"_id": key}, row, upsert=True) for key, row in rows.items()]
            await self._rows.bulk_write(batch, ordered=False, session=session)

    async def cancel(self, cancellations: Sequence[Cancellation], session: Session) -> list[str]:
        """Cancel reminders; returns the ids of those that were told already, if perhaps not sent yet."""
        which = [_cancelled(one) for one in cancellations]
        rows = await self._rows.find({"$or": which}, {"state": 1}, session=session).to_list(None) if which else []
        if rows:
            await self._rows.update_many(
                {"_id": {"$in": [row["_id"] for row in rows]}},
                {"$set": {"state": ReminderState.CANCELLED}, "$unset": {"due_at": ""}},
                session=session,
            )
        return [row["_id"] for row in rows if row["state"] == ReminderState.FIRED]

    async def due(self, now: datetime, limit: int = 200) -> list[Reminder]:
        """Return what is due, the longest overdue first."""
        rows = self._rows.find({"due_at": {"$lte": now}}).sort("due_at", ASCENDING).limit(limit)
        return [_reminder(row) async for row in rows]

    async def present(self, reminder: Reminder, session: Session) -> Reminder | None:
        """Return the reminder as it waits now, or None when it was told or taken back meanwhile."""
        row = await self._rows.find_one({"_id": reminder.reminder_id, "state": ReminderState.WAITING}, session=session)
        return _reminder(row) if row else None

    async def end(self, reminder: Reminder, state: ReminderState, session: Session) -> None:
        """Record that it was told, or that it will not be."""
        await self._rows.update_one(
            {"_id": reminder.reminder_id}, {"$set": {"state": state}, "$unset": {"due_at": ""}}, session=session
        )

    async def due_dates(self, about: str, person_id: str, session: Session) -> dict[Kind, datetime]:
        """Return when a person's waiting reminders of a thing are due, by kind."""
        query = {"about": about, "person_id": person_id, "state": ReminderState.WAITING}
        return {Kind(row["kind"]): row["due_at"] async for row in self._rows.find(query, session=session)}


def _cancelled(one: Cancellation) -> Document:
    states = [ReminderState.FIRED] if one.told_only else [ReminderState.WAITING, ReminderState.FIRED]
    query: Document = {"about": one.about, "state": {"$in": states}}
    if one.person_id is not None:
        query["person_id"] = one.person_id
    return query


def _row(one: Reminder) -> Document:
    row: Document = {
        "kind": one.kind.value,
        "person_id": one.person_id,
        "about": one.about,
        "source": one.source,
        "due_at": one.due_at,
        "facts": facts_document(one.facts),
        "state": ReminderState.WAITING,
        "forget_at": one.due_at + KEPT,
    }
    if one.standing:
        row["standing"] = {
            "stage": one.standing.stage.value,
            "version": one.standing.version,
            "round": one.standing.round,
        }
    return row


def _reminder(row: Document) -> Reminder:
    standing = row.get("standing")
    return Reminder(
        kind=Kind(row["kind"]),
        person_id=row["person_id"],
        about=row["about"],
        source=row["source"],
        due_at=row["due_at"],
        facts=facts_of(row["facts"]),
        standing=Standing(stage=Stage(standing["stage"]), version=standing["version"], round=standing["round"])
        if standing
        else None,
    )
