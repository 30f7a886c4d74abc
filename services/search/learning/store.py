"""The record of what was asked: one row for each query, language and day.

Until the same words came on ``DAYS`` different days, a row holds a keyed digest in their place: what somebody alone
asked for is nowhere written down. Rows are forgotten after ``KEPT``.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from typing import Any, Final

from pymongo import ASCENDING, IndexModel, ReturnDocument, UpdateMany, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from services.search.learning.tally import Count, Key
from shared.clock import Clock

Document = dict[str, Any]

DAYS: Final = 3
KEPT: Final = timedelta(days=180)
MOST_GAPS: Final = 100
_KEY: Final = "digests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A query that came on at least ``DAYS`` days of the last half year."""

    words: str
    language: str
    asked: int
    unanswered: int
    clicked: int
    days: int
    last: str  # the day it was asked last, ISO 8601


class Askings:
    def __init__(self, db: AsyncDatabase[Document], clock: Clock) -> None:
        self._rows = db["askings"]
        self._keys = db["keys"]
        self._clock = clock
        self._key: bytes | None = None

    async def make_indexes(self) -> None:
        """Make every index; safe to repeat."""
        await self._rows.create_indexes(
            [
                IndexModel([("digest", ASCENDING)], name="digest"),
                IndexModel([("words", ASCENDING)], sparse=True, name="words"),
                IndexModel([("forget_at", ASCENDING)], expireAfterSeconds=0, name="retention"),
            ]
        )

    async def add(self, counts: Mapping[Key, Count]) -> None:
        """Add what was counted to today's rows, and write the words of what has come on enough days by now."""
        day = self._clock().astimezone(UTC).date()
        forget_at = datetime(day.year, day.month, day.day, tzinfo=UTC) + KEPT
        key = await self._secret()
        digests = {_digest(key, one): one for one in counts}
        await self._rows.bulk_write(
            [
                UpdateOne(
                    {"_id": f"{digest}/{day}"},
                    {
                        "$inc": {
                            "asked": counts[one].asked,
                            "unanswered": counts[one].unanswered,
                            "clicked": counts[one].clicked,
                        },
                        "$setOnInsert": {
                            "digest": digest,
                            "language": one[0],
                            "day": day.isoformat(),
                            "forget_at": forget_at,
                        },
                    },
                    upsert=True,
                )
                for digest, one in digests.items()
            ],
            ordered=False,
        )
        await self._write_words(digests)

    async def gaps(self, *, clicks: bool) -> list[Gap]:
        """Return what is mostly unanswered, with ``clicks`` what is answered and never opened; the most asked first."""
        mostly = {"$gte": [{"$multiply": ["$unanswered", 2]}, "$asked"]}
        wanted: Document = {"$expr": {"$not": [mostly]}, "clicked": 0} if clicks else {"$expr": mostly}
        found = await self._rows.aggregate(
            [
                {"$match": {"words": {"$exists": True}, "asked": {"$gt": 0}}},
                {
                    "$group": {
                        "_id": "$digest",
                        "words": {"$first": "$words"},
                        "language": {"$first": "$language"},
                        "asked": {"$sum": "$asked"},
                        "unanswered": {"$sum": "$unanswered"},
                        "clicked": {"$sum": "$clicked"},
                        "days": {"$sum": 1},
                        "last": {"$max": "$day"},
                    }
                },
                {"$match": {"days": {"$gte": DAYS}, **wanted}},
                {"$sort": {"days": -1, "asked": -1, "words": 1}},
                {"$limit": MOST_GAPS},
            ]
        )
        return [Gap(**{name: value for name, value in row.items() if name != "_id"}) async for row in found]

    async def _write_words(self, digests: Mapping[str, Key]) -> None:
        enough = await self._rows.aggregate(
            [
                {"$match": {"digest": {"$in": list(digests)}, "asked": {"$gt": 0}}},
                {"$group": {"_id": "$digest", "days": {"$sum": 1}}},
                {"$match": {"days": {"$gte": DAYS}}},
            ]
        )
        writes = [
            UpdateMany({"digest": row["_id"]}, {"$set": {"words": digests[row["_id"]][1]}}) async for row in enough
        ]
        if writes:
            await self._rows.bulk_write(writes, ordered=False)

    async def _secret(self) -> bytes:
        """Return the key of the digests, made by whoever needs it first."""
        if self._key is None:
            row = await self._keys.find_one_and_update(
                {"_id": _KEY},
                {"$setOnInsert": {"key": secrets.token_bytes(32)}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
            self._key = bytes((row or {})["key"])
        return self._key


def _digest(key: bytes, one: Key) -> str:
    return blake2s("\n".join(one).encode("utf-8", "replace"), key=key, digest_size=16).hexdigest()
