"""Files of imports between the dry run and the import itself, and what became of each: kept for an hour, sealed.

Only the person who sent a file gets it back, and only with the name that is in their address bar; whoever reads the
database gets nothing. A person's next file takes the place of the one before.
"""

import asyncio
import base64
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.web.calls.api import Json
from services.web.session.seal import Seal, new_name
from shared.store.client import Store

IMPORTS: Final = "imports"
KEPT_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is known of one import: the file's name and the report on its rows (of the dry run, or of the import)."""

    key: str
    name: str
    report: Json

    @property
    def is_done(self) -> bool:
        return not self.report["dry_run"]


class KeptImports:
    """The collection of imports that are under way."""

    def __init__(self, store: Store, seal: Seal, *, clock: Callable[[], float]) -> None:
        self._rows = store.db[IMPORTS]
        self._seal = seal
        self._clock = clock

    async def make_indexes(self) -> None:
        await self._rows.create_index("ends_at", expireAfterSeconds=0)
        await self._rows.create_index("person_id")

    async def keep(self, person_id: str, name: str, data: bytes, report: Json) -> str:
        """Keep a file and the report of its dry run; return the name to ask for it by."""
        key = new_name()
        purpose = _purpose(person_id, key)
        packed = await asyncio.to_thread(_packed, data)
        sealed = await asyncio.to_thread(self._seal.sealed, purpose, packed, seconds=KEPT_SECONDS)
        told = self._seal.sealed(purpose, [name, report], seconds=KEPT_SECONDS)
        await self._rows.update_many({"person_id": person_id}, {"$unset": {"data": ""}})
        row = {"_id": _hash(key), "person_id": person_id, "told": told, "data": sealed, "ends_at": self._ends()}
        await self._rows.insert_one(row)
        return key

    async def get(self, person_id: str, key: str) -> Kept | None:
        row = await self._row(person_id, key, {"told": 1})
        told: Any = self._seal.opened(_purpose(person_id, key), row["told"]) if row else None
        return Kept(key=key, name=told[0], report=told[1]) if told else None

    async def data(self, person_id: str, key: str) -> bytes | None:
        """Return the file, if it is still kept."""
        row = await self._row(person_id, key, {"data": 1})
        packed = (
            await asyncio.to_thread(self._seal.opened, _purpose(person_id, key), row["data"])
            if row and "data" in row
            else None
        )
        return await asyncio.to_thread(_unpacked, packed) if isinstance(packed, str) else None

    async def done(self, person_id: str, kept: Kept, report: Json) -> None:
        """Keep what became of it, and forget the file."""
        told = self._seal.sealed(_purpose(person_id, kept.key), [kept.name, report], seconds=KEPT_SECONDS)
        change = {"$set": {"told": told, "ends_at": self._ends()}, "$unset": {"data": ""}}
        await self._rows.update_one({"_id": _hash(kept.key), "person_id": person_id}, change)

    async def _row(self, person_id: str, key: str, fields: dict[str, int]) -> dict[str, Any] | None:
        now = datetime.fromtimestamp(self._clock(), UTC)
        wanted = {"_id": _hash(key), "person_id": person_id, "ends_at": {"$gt": now}}
        return await self._rows.find_one(wanted, fields)

    def _ends(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC) + timedelta(seconds=KEPT_SECONDS)


def _purpose(person_id: str, key: str) -> str:
    return f"import {person_id} {key}"


def _hash(key: str) -> str:
    return hashlib.sha256(f"import:{key}".encode()).hexdigest()


def _packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


def _unpacked(packed: str) -> bytes:
    return zlib.decompress(base64.b64decode(packed))
