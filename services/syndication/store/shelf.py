"""Reading the practices: by when they changed, by id, and under which codes there are any."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING
from pymongo.asynchronous.database import AsyncDatabase

from services.syndication.domain.known import Known
from services.syndication.domain.published import State
from services.syndication.store.criteria import Query
from shared.events.found_under import FoundUnder
from shared.events.practices import PublicPractice

_PUBLIC: Final = {"state": {"$ne": State.WITHDRAWN.value}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the order of change: the row after which, or before which, to go on."""

    changed_at: datetime
    id: str


class Shelf:
    """What ``Practices`` wrote, as feeds and harvesters ask for it."""

    def __init__(self, db: AsyncDatabase[dict[str, Any]]) -> None:
        self._rows = db["practices"]

    async def newest(self, query: Query, *, before: Place | None, limit: int) -> list[Known]:
        """Return practices by their latest change, the newest first."""
        ranges = [query, *([_beyond("$lt", before)] if before else [])]
        order = [("changed_at", DESCENDING), ("_id", DESCENDING)]
        rows = await self._rows.find({"$and": ranges}).sort(order).limit(limit).to_list()
        return [_known(row) for row in rows]

    async def oldest(
        self, query: Query, *, since: datetime | None, until: datetime, after: Place | None, limit: int
    ) -> list[Known]:
        """Return practices whose latest change came after ``since`` and not after ``until``, the oldest first."""
        ranges = [query, _between(since, until), *([_beyond("$gt", after)] if after else [])]
        order = [("changed_at", ASCENDING), ("_id", ASCENDING)]
        rows = await self._rows.find({"$and": ranges}).sort(order).limit(limit).to_list()
        return [_known(row) for row in rows]

    async def count(self, query: Query, *, since: datetime | None, until: datetime) -> int:
        """Count what ``oldest`` would return in all."""
        return await self._rows.count_documents({"$and": [query, _between(since, until)]})

    async def one(self, practice_id: str) -> Known | None:
        """Return one practice, also one that was taken down."""
        row = await self._rows.find_one({"_id": practice_id})
        return _known(row) if row else None

    async def first_change(self) -> datetime | None:
        """Return when the practice changed that did not change for the longest time."""
        row = await self._rows.find_one({}, {"changed_at": 1}, sort=[("changed_at", ASCENDING)])
        return row["changed_at"] if row else None

    async def codes(self) -> dict[str, list[str]]:
        """Return the codes that any practice is or was found under, by kind of code."""
        names = ("kind", "sectors", "themes", "countries", "languages")
        found = {name: await self._rows.distinct(f"found_under.{name}") for name in names}
        return {name: sorted(code for code in codes if isinstance(code, str)) for name, codes in found.items()}

    async def parts(self, size: int) -> list[tuple[datetime, int]]:
        """Divide the public practices by id into parts of ``size``; return the latest event and the count of each."""
        parts: list[tuple[datetime, int]] = []
        async for row in self._rows.find(_PUBLIC, {"time": 1}).sort("_id", ASCENDING):
            if parts and parts[-1][1] < size:
                parts[-1] = (max(parts[-1][0], row["time"]), parts[-1][1] + 1)
            else:
                parts.append((row["time"], 1))
        return parts

    async def public_in_order(self, *, skip: int, limit: int) -> AsyncIterator[dict[str, Any]]:
        """Yield the public practices by id, each as its id, its address, its languages and the time of its event."""
        shown = {"time": 1, "data.practice.address": 1, "data.practice.languages": 1}
        cursor = self._rows.find(_PUBLIC, shown).sort("_id", ASCENDING).skip(skip).limit(limit)
        async for row in cursor:
            practice = row["data"]["practice"]
            yield {"time": row["time"], "address": practice["address"], "languages": practice["languages"]}


def _beyond(side: str, place: Place) -> Query:
    return {
        "$or": [
            {"changed_at": {side: place.changed_at}},
            {"changed_at": place.changed_at, "_id": {side: place.id}},
        ]
    }


def _between(since: datetime | None, until: datetime) -> Query:
    return {"changed_at": {"$lte": until} | ({"$gt": since} if since else {})}


def _known(row: dict[str, Any]) -> Known:
    practice = row["data"].get("practice")
    return Known(
        id=row["_id"],
        state=State(row["state"]),
        type=row["type"],
        event_id=row["event_id"],
        time=row["time"],
        changed_at=row["changed_at"],
        found_under=FoundUnder.model_validate(row["found_under"]) if row.get("found_under") else None,
        practice=PublicPractice.model_validate(practice) if practice else None,
        reason_code=row["data"].get("reason_code"),
    )
