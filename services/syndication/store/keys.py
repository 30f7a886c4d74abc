"""Secrets that this service makes for itself, the same for all its replicas and after a restart."""

import secrets
from contextlib import suppress
from typing import Any, Final

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

_BYTES: Final = 32


class Keys:
    """One row a key, by what it is for."""

    def __init__(self, db: AsyncDatabase[dict[str, Any]]) -> None:
        self._rows = db["keys"]

    async def named(self, purpose: str) -> bytes:
        """Return the key for a purpose; the first who asks makes it."""
        if row := await self._rows.find_one({"_id": purpose}):
            return bytes(row["key"])
        with suppress(DuplicateKeyError):  # another replica was first
            await self._rows.insert_one({"_id": purpose, "key": secrets.token_bytes(_BYTES)})
        return await self.named(purpose)
