"""The record of saved searches, the only place that knows its collections.

``saved_searches`` one row each · ``matching`` one row: how many changes there were, and how far the catalogue was
matched · ``alerted`` who was told of which practice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.search.saved.searches import KEPT_DELETED, Frequency, SavedSearch

Document = dict[str, Any]
Session = AsyncClientSession | None

_MATCHING: Final = "matching"
# Longer than a practice goes without being confirmed or revised.
_ALERTED_KEPT: Final = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the catalogue: which stream, by when it was made, and the last message that was matched."""

    stream: str = ""
    sequence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """How many times saved searches changed, and how far matching is; all that has to be read when something is new."""

    changes: int = 0
    place: Place = Place()


class SavedSearches:
    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._rows = db["saved_searches"]
        self._matching = db["matching"]
        self._alerted = db["alerted"]

    async def make_indexes(self) -> None:
        """Make every index; safe to repeat."""
        await self._rows.create_indexes(
            [
                IndexModel([("person_id", ASCENDING), ("created_at", ASCENDING)], name="person"),
                IndexModel([("feed", ASCENDING)], unique=True, sparse=True, name="feed"),
                IndexModel([("stop", ASCENDING)], unique=True, name="stop"),
                IndexModel([("changes", ASCENDING)], name="changes"),
                IndexModel([("active", ASCENDING)], sparse=True, name="active"),
                IndexModel([("forget_at", ASCENDING)], expireAfterSeconds=0, name="retention"),
            ]
        )
        await self._alerted.create_indexes(
            [IndexModel([("forget_at", ASCENDING)], expireAfterSeconds=0, name="retention")]
        )

    async def of(self, person_id: str, session: Session = None) -> list[SavedSearch]:
        """Return a person's searches that are not deleted, the oldest first."""
        rows = self._rows.find({"person_id": person_id, "deleted_at": None}, session=session)
        return [_search(row) async for row in rows.sort([("created_at", ASCENDING), ("_id", ASCENDING)])]

    async def get(self, person_id: str, search_id: str, session: Session = None) -> SavedSearch | None:
        """Return one of a person's searches, deleted ones too."""
        row = await self._rows.find_one({"_id": search_id, "person_id": person_id}, session=session)
        return _search(row) if row else None

    async def by_feed(self, feed: str) -> SavedSearch | None:
        row = await self._rows.find_one({"feed": feed, "deleted_at": None})
        return _search(row) if row else None

    async def by_stop(self, stop: str, session: Session = None) -> SavedSearch | None:
        row = await self._rows.find_one({"stop": stop, "deleted_at": None}, session=session)
        return _search(row) if row else None

    async def put(self, search: SavedSearch, place: Place, session: AsyncClientSession) -> None:
        """Keep a search as it is now. Where no other is active, matching goes on from ``place``.

        The row of matching changes with every search, so that this and matching never pass each other unseen.
        """
        others = {"active": True, "_id": {"$ne": search.id}}
        waited_for = await self._rows.find_one(others, {"_id": 1}, session=session)
        change: Document = {"$inc": {"changes": 1}}
        if search.is_active and waited_for is None:
            change["$set"] = {"stream": place.stream, "sequence": place.sequence}
        row = await self._matching.find_one_and_update(
            {"_id": _MATCHING}, change, upsert=True, return_document=ReturnDocument.AFTER, session=session
        )
        await self._rows.replace_one(
            {"_id": search.id}, _row(search) | {"changes": (row or {})["changes"]}, upsert=True, session=session
        )

    async def matching(self, session: Session = None) -> Matching:
        row = await self._matching.find_one({"_id": _MATCHING}, session=session) or {}
        place = Place(stream=row.get("stream", ""), sequence=row.get("sequence", 0))
        return Matching(changes=row.get("changes", 0), place=place)

    async def move(self, before: Place, after: Place, session: Session = None) -> bool:
        """Note that everything up to ``after`` is matched; False when it was not at ``before`` any more."""
        row = {"_id": _MATCHING, "stream": before.stream, "sequence": before.sequence}
        to = {"$set": {"stream": after.stream, "sequence": after.sequence}}
        return (await self._matching.update_one(row, to, session=session)).matched_count == 1

    async def changed_since(self, changes: int) -> list[SavedSearch]:
        """Return what changed after the so-manieth change, deleted ones too."""
        return [_search(row) async for row in self._rows.find({"changes": {"$gt": changes}})]

    async def active(self, ids: Collection[str], session: Session) -> list[SavedSearch]:
        """Return those of these that are active."""
        return [
            _search(row) async for row in self._rows.find({"_id": {"$in": list(ids)}, "active": True}, session=session)
        ]

    async def alerted(self, practice_id: str, people: Iterable[str], session: Session) -> set[str]:
        """Return who of these people was told of a practice before."""
        keys = [_alert_key(practice_id, person) for person in people]
        rows = self._alerted.find({"_id": {"$in": keys}}, {"person_id": 1}, session=session)
        return {row["person_id"] async for row in rows}

    async def alert(self, practice_id: str, people: Collection[str], now: datetime, session: Session) -> None:
        """Note that these people are told of a practice; raises DuplicateKeyError where one was before."""
        forget_at = now + _ALERTED_KEPT
        rows = [
            {"_id": _alert_key(practice_id, person), "person_id": person, "forget_at": forget_at} for person in people
        ]
        await self._alerted.insert_many(rows, session=session)


def _alert_key(practice_id: str, person_id: str) -> str:
    return f"{practice_id}/{person_id}"


def _row(search: SavedSearch) -> Document:
    row: Document = {
        "person_id": search.person_id,
        "name": search.name,
        "text": search.text,
        "filters": {facet: list(codes) for facet, codes in search.filters.items()},
        "language": search.language,
        "frequency": search.frequency.value,
        "created_at": search.created_at,
        "since": search.since,
        "stop": search.stop,
        "paused": search.paused,
        "deleted_at": search.deleted_at,
        "version": search.version,
    }
    if search.feed:
        row["feed"] = search.feed
    if search.is_active:
        row["active"] = True
    if search.deleted_at:
        row["forget_at"] = search.deleted_at + KEPT_DELETED
    return row


def _search(row: Document) -> SavedSearch:
    return SavedSearch(
        id=row["_id"],
        person_id=row["person_id"],
        name=row["name"],
        text=row["text"],
        filters={facet: tuple(codes) for facet, codes in row["filters"].items()},
        language=row["language"],
        frequency=Frequency(row["frequency"]),
        created_at=row["created_at"],
        since=row["since"],
        stop=row["stop"],
        feed=row.get("feed"),
        paused=row["paused"],
        deleted_at=row["deleted_at"],
        version=row["version"],
    )
