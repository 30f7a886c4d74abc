"""What the other services said of publications: since when search finds them, whom they reached."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from services.syndication.domain.receipt import Notified, Reach
from shared.events.publications import IndexedPublication, NotifiedPublication, SubmittedPublication
from shared.store.outbox import Transaction

_RETENTION: Final = timedelta(days=120)  # the events of receipts are kept for 90 days, and something may be said later


class Reaches:
    """One row a version: ``indexed``, ``indexed_at`` as search said first, ``notified`` as notifications said last,
    ``organisations`` as submissions said.
    """

    def __init__(self, db: AsyncDatabase[dict[str, Any]]) -> None:
        self._rows = db["reach"]

    async def make_indexes(self) -> None:
        """Safe to repeat."""
        await self._rows.create_indexes(
            [
                IndexModel([("practice_id", ASCENDING)], name="practice"),
                IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0, name="expiry"),
            ]
        )

    async def indexed(self, tx: Transaction, publications: Sequence[IndexedPublication]) -> None:
        """Note that search finds these. The first time that is told of one holds."""
        changes = [_indexed(one, tx.now) for one in publications]
        if changes:
            await self._rows.bulk_write(changes, ordered=False, session=tx.session)

    async def notified(self, tx: Transaction, publications: Sequence[NotifiedPublication]) -> None:
        """Note how many were told of these. The latest count holds."""
        changes = [_notified(one, tx.now) for one in publications]
        if changes:
            await self._rows.bulk_write(changes, ordered=False, session=tx.session)

    async def submitted(self, tx: Transaction, publications: Sequence[SubmittedPublication]) -> None:
        """Note whose these are."""
        changes = [
            _change(one.practice_id, one.version, tx.now, {"organisations": {"$literal": list(one.organisations)}})
            for one in publications
        ]
        if changes:
            await self._rows.bulk_write(changes, ordered=False, session=tx.session)

    async def of_practice(self, practice_id: str) -> Mapping[int, Reach]:
        """Return what is known of the versions of a practice, by version."""
        rows = await self._rows.find({"practice_id": practice_id}).to_list(None)
        return {row["version"]: _reach(row) for row in rows}


def _indexed(one: IndexedPublication, now: datetime) -> UpdateOne:
    # A time that comes after one that was not known would be of a later look: what was told first holds, null too.
    first = {"$cond": ["$indexed", "$indexed_at", one.indexed_at]}
    return _change(one.practice_id, one.version, now, {"indexed": True, "indexed_at": first})


def _notified(one: NotifiedPublication, now: datetime) -> UpdateOne:
    counts = {
        "as_of": one.as_of,
        "waiting": one.mails_waiting,
        "sent": one.mails_sent,
        "failed": one.mails_failed,
        "uncertain": one.mails_uncertain,
        "inbox": one.inbox_entries,
    }
    later = {"$gt": ["$notified.as_of", one.as_of]}
    return _change(one.practice_id, one.version, now, {"notified": {"$cond": [later, "$notified", counts]}})


def _change(practice_id: str, version: int, now: datetime, more: dict[str, Any]) -> UpdateOne:
    row = _row(practice_id, version, now)
    change: dict[str, Any] = {name: {"$literal": value} for name, value in row.items()}
    return UpdateOne({"_id": _key(practice_id, version)}, [{"$set": change | more}], upsert=True)


def _key(practice_id: str, version: int) -> str:
    return f"{practice_id}/{version}"


def _row(practice_id: str, version: int, now: datetime) -> dict[str, Any]:
    return {"practice_id": practice_id, "version": version, "expires_at": now + _RETENTION}


def _reach(row: Mapping[str, Any]) -> Reach:
    notified = Notified(**row["notified"]) if "notified" in row else None
    return Reach(
        indexed=row.get("indexed", False),
        indexed_at=row.get("indexed_at"),
        notified=notified,
        organisations=tuple(row.get("organisations", ())),
    )
