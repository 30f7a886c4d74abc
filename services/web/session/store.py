"""Where sign-ins are kept: by the hash of the cookie's name, sealed with a key made of it.

Whoever reads the database gets neither a cookie nor a token; whoever reads a cookie gets no token. A sign-in that
ended, here or by its date, is gone for every replica at once.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from services.web.session.person import Person, Session, Tokens
from services.web.session.seal import Seal, new_name
from shared.store.client import Store

SESSIONS = "sessions"


class Sessions:
    """The collection of sign-ins."""

    def __init__(self, store: Store, *, hours: float, clock: Callable[[], float]) -> None:
        self._rows = store.db[SESSIONS]
        self._lasts = hours * 3600
        self._clock = clock

    async def make_indexes(self) -> None:
        await self._rows.create_index("ends_at", expireAfterSeconds=0)

    async def begin(self, person: Person, tokens: Tokens) -> Session:
        session = Session(key=new_name(), version=1, person=person, tokens=tokens)
        ends = datetime.fromtimestamp(self._clock(), UTC) + timedelta(seconds=self._lasts)
        await self._rows.insert_one({"_id": _hash(session.key), "ends_at": ends, **self._sealed(session)})
        return session

    async def get(self, key: str) -> Session | None:
        row = await self._rows.find_one({"_id": _hash(key), "ends_at": {"$gt": self._now()}})
        if row is None:
            return None
        kept = Seal(key, self._clock).opened("session", row["sealed"])
        return Session.from_json(key, row["version"], kept) if kept else None

    async def renew(self, session: Session) -> bool:
        """Write a renewed session, unless another replica did so first."""
        seen = {"_id": _hash(session.key), "version": session.version - 1}
        return (await self._rows.update_one(seen, {"$set": self._sealed(session)})).modified_count == 1

    async def end(self, key: str) -> None:
        await self._rows.delete_one({"_id": _hash(key)})

    def _sealed(self, session: Session) -> dict[str, Any]:
        sealed = Seal(session.key, self._clock).sealed("session", session.as_json(), seconds=self._lasts)
        return {"version": session.version, "sealed": sealed}

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _hash(key: str) -> str:
    return hashlib.sha256(f"session:{key}".encode()).hexdigest()
