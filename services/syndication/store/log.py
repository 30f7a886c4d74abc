"""Every public event that was heard, whole, so that it can be sent again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.syndication.domain.published import Published
from shared.events.found_under import FoundUnder
from shared.store.outbox import Transaction

RETENTION: Final = timedelta(days=90)  # as long as the streams keep events


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What is known of an event without its body: ``about`` is its practice, ``said`` as of ``Published``."""

    event_id: str
    type: str
    time: datetime
    about: str
    said: int
    found_under: tuple[FoundUnder, ...]


class EventLog:
    """One row an event, by its id: ``body`` its bytes, ``found_under`` what filters look at."""

    def __init__(self, db: AsyncDatabase[dict[str, Any]]) -> None:
        self._rows = db["events"]

    async def of_practice(self, practice_id: str) -> Sequence[tuple[Logged, datetime]]:
        """Return the events of a practice in their order, each with when it was heard."""
        rows = await self._rows.find({"practice_id": practice_id}, {"body": 0}).sort("said", ASCENDING).to_list(None)
        return [(_logged(row), row["heard_at"]) for row in rows]

    async def make_indexes(self) -> None:
        """Safe to repeat."""
        await self._rows.create_indexes(
            [
                IndexModel([("time", ASCENDING), ("_id", ASCENDING)], name="time"),
                IndexModel([("practice_id", ASCENDING), ("said", ASCENDING)], name="practice"),
                IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0, name="expiry"),
            ]
        )

    async def add(self, tx: Transaction, event: Published) -> None:
        await self._rows.insert_one(
            {
                "_id": event.event_id,
                "type": event.type,
                "time": event.time,
                "heard_at": tx.now,
                "practice_id": event.practice_id,
                "said": event.said,
                "found_under": [codes.model_dump(mode="json") for codes in event.found_under],
                "body": event.envelope.to_bytes(),
                "expires_at": tx.now + RETENTION,
            },
            session=tx.session,
        )

    async def one(self, event_id: str, session: AsyncClientSession | None = None) -> Logged | None:
        row = await self._rows.find_one({"_id": event_id}, {"body": 0}, session=session)
        return _logged(row) if row else None

    async def between(
        self, since: datetime, until: datetime, *, limit: int, session: AsyncClientSession | None = None
    ) -> Sequence[Logged]:
        """Return the events of a time from ``since`` on and before ``until``, in the order in which they were said."""
        query = {"time": {"$gte": since, "$lt": until}}
        order = [("time", ASCENDING), ("_id", ASCENDING)]
        rows = await self._rows.find(query, {"body": 0}, session=session).sort(order).limit(limit).to_list(None)
        return sorted(map(_logged, rows), key=lambda one: (one.time, one.said))

    async def bodies(self, event_ids: Collection[str]) -> dict[str, bytes]:
        """Return the bytes of those of these events that are kept, by id."""
        rows = await self._rows.find({"_id": {"$in": list(event_ids)}}, {"body": 1}).to_list(None)
        return {row["_id"]: bytes(row["body"]) for row in rows}


def _logged(row: Mapping[str, Any]) -> Logged:
    return Logged(
        event_id=row["_id"],
        type=row["type"],
        time=row["time"],
        about=row["practice_id"],
        said=row["said"],
        found_under=tuple(map(FoundUnder.model_validate, row["found_under"])),
    )
