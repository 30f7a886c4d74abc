"""Files of imports between the dry run and the import itself, and what became of each: kept for an hour, sealed.

Only the person who sent a file gets it back, and only with the name that is in their address bar; whoever reads the
database gets nothing. A person's next file takes the place of the one before.
"""

import asyncio
import hashlib
import json
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.web.calls.api import Json
from services.web.session.seal import Seal, new_name
from shared.store.client import Store

IMPORTS: Final = "imports"
KEPT_SECONDS: Final = 3600
_NONCE_BYTES: Final = 12  # NIST SP 800-38D, section 8.2


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
        sealed = await asyncio.to_thread(self._sealed, person_id, key, data)
        await self._rows.update_many({"person_id": person_id}, {"$unset": {"data": ""}})
        row = {"_id": _hash(key), "person_id": person_id, "told": self._told(person_id, key, name, report)}
        await self._rows.insert_one(row | {"data": sealed, "ends_at": self._ends()})
        return key

    async def get(self, person_id: str, key: str) -> Kept | None:
        row = await self._row(person_id, key, "told")
        if row is None:
            return None
        name, report = json.loads(self._opened(person_id, key, row["told"]))
        return Kept(key=key, name=name, report=report)

    async def data(self, person_id: str, key: str) -> bytes | None:
        """Return the file, if it is still kept."""
        row = await self._row(person_id, key, "data")
        return await asyncio.to_thread(self._opened, person_id, key, row["data"]) if row else None

    async def done(self, person_id: str, kept: Kept, report: Json) -> None:
        """Keep what became of it, and forget the file."""
        told = self._told(person_id, kept.key, kept.name, report)
        change = {"$set": {"told": told, "ends_at": self._ends()}, "$unset": {"data": ""}}
        await self._rows.update_one({"_id": _hash(kept.key), "person_id": person_id}, change)

    async def _row(self, person_id: str, key: str, field: str) -> dict[str, Any] | None:
        now = datetime.fromtimestamp(self._clock(), UTC)
        wanted = {"_id": _hash(key), "person_id": person_id, "ends_at": {"$gt": now}, field: {"$exists": True}}
        return await self._rows.find_one(wanted, {field: 1})

    def _ends(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC) + timedelta(seconds=KEPT_SECONDS)

    def _told(self, person_id: str, key: str, name: str, report: Json) -> bytes:
        return self._sealed(person_id, key, json.dumps([name, report]).encode())

    def _sealed(self, person_id: str, key: str, data: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher(person_id, key).encrypt(nonce, zlib.compress(data), None)

    def _opened(self, person_id: str, key: str, sealed: bytes) -> bytes:
        return zlib.decompress(self._cipher(person_id, key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None))

    def _cipher(self, person_id: str, key: str) -> AESGCM:
        """A key of its own for each file. (What ``Seal`` seals must be small: it goes into cookies.)"""
        return AESGCM(bytes.fromhex(self._seal.signature("import", f"{person_id} {key}")))


def _hash(key: str) -> str:
    return hashlib.sha256(f"import:{key}".encode()).hexdigest()
