"""What replicas tell each other of their counts: one row for each key and minute, gone by itself.

A row: ``_id`` a keyed hash of whom it is for and the minute, ``count`` all of it, ``expires_at``. The key of the hash
lies in the same collection and is made once, so that nobody can find an address by trying all of them elsewhere.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from pymongo import ASCENDING, IndexModel, ReturnDocument, UpdateOne, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase

from shared.rates.settings import By, Kind
from shared.rates.window import SECONDS

COLLECTION: Final = "rates"
_SECRET: Final = "secret"
_KEPT: Final = timedelta(seconds=2 * SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many more of this key in this minute."""

    key: tuple[Kind, By, str]
    number: int
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What all replicas counted of a key in a minute and in the minute before."""

    present: int
    before: int


class Sharing:
    """The counts in a service's own database."""

    def __init__(self, db: AsyncDatabase[dict[str, Any]]) -> None:
        # Counts may be lost: they need not be on a disk, let alone on several.
        self._rows = db.get_collection(COLLECTION, write_concern=WriteConcern(w=1, j=False))
        self._secret: bytes | None = None

    async def make_indexes(self) -> None:
        """Safe to repeat."""
        await self._rows.create_indexes(
            [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0, name="expiry", sparse=True)]
        )

    async def add(self, counted: Sequence[Counted]) -> dict[tuple[Kind, By, str], Total]:
        """Add these and return what they come to in all replicas."""
        if self._secret is None:
            await self.make_indexes()
            self._secret = await self._own_secret()
        names = {one.key: _names(one, self._secret) for one in counted}
        expires = datetime.now(UTC) + _KEPT
        changes = [
            UpdateOne(
                {"_id": names[one.key][0]}, {"$inc": {"count": one.more}, "$set": {"expires_at": expires}}, upsert=True
            )
            for one in counted
            if one.more
        ]
        if changes:
            await self._rows.bulk_write(changes, ordered=False)
        wanted = [name for both in names.values() for name in both]
        rows = await self._rows.find({"_id": {"$in": wanted}}, {"count": 1}).to_list(None)
        counts = {row["_id"]: row["count"] for row in rows}
        return {
            key: Total(present=counts.get(present, 0), before=counts.get(before, 0))
            for key, (present, before) in names.items()
        }

    async def _own_secret(self) -> bytes:
        row: dict[str, Any] = await self._rows.find_one_and_update(
            {"_id": _SECRET},
            {"$setOnInsert": {"value": secrets.token_bytes(32)}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )  # type: ignore[assignment]  # there is one now
        return bytes(row["value"])


def _names(one: Counted, secret: bytes) -> tuple[str, str]:
    """Return the names of the rows of its minute and of the minute before."""
    kind, by, who = one.key
    digest = blake2b(f"{kind}:{by}:{who}".encode(), key=secret, digest_size=16).hexdigest()
    return f"{digest}:{one.number}", f"{digest}:{one.number - 1}"
