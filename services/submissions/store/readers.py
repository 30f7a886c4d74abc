"""Which reviewer holds which case, learned from the review service: they may read its files, and nobody is told."""

from __future__ import annotations

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from services.submissions.documents import Document
from shared.store.outbox import Transaction

READERS = "readers"


class Readers:
    """One row per case and reviewer."""

    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._rows = db[READERS]

    async def make_indexes(self) -> None:
        """Safe to repeat."""
        await self._rows.create_indexes([IndexModel([("case_id", ASCENDING)], name="by_case")])

    async def let_in(
        self, tx: Transaction, *, case_id: str, contribution_id: str, version: int, reviewer_id: str
    ) -> None:
        """A reviewer took the case or was given it."""
        await self._rows.replace_one(
            {"_id": f"{contribution_id}/{version}/{reviewer_id}"},
            {"case_id": case_id, "contribution_id": contribution_id, "version": version, "reviewer_id": reviewer_id},
            upsert=True,
            session=tx.session,
        )

    async def let_out(self, tx: Transaction, *, contribution_id: str, version: int, reviewer_id: str) -> None:
        """A reviewer no longer holds it."""
        await self._rows.delete_one({"_id": f"{contribution_id}/{version}/{reviewer_id}"}, session=tx.session)

    async def clear(self, tx: Transaction, case_id: str) -> None:
        """The case is over."""
        await self._rows.delete_many({"case_id": case_id}, session=tx.session)

    async def holds(self, *, contribution_id: str, version: int, reviewer_id: str) -> bool:
        """Whether this reviewer holds the case of this version now."""
        return bool(await self._rows.find_one({"_id": f"{contribution_id}/{version}/{reviewer_id}"}, {"_id": 1}))
