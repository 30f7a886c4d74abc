"""The public face: practices as they are now, and every published edition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.submissions.documents import Document, fingerprint_fields
from services.submissions.domain.publication import Tombstone
from shared.contribution.fingerprint import Fingerprint
from shared.errors import Gone, NotFound
from shared.events.practices import PublicPractice
from shared.store.outbox import Transaction

PRACTICES = "practices"
EDITIONS = "editions"
# What the files beside a practice say is for events: who reads a practice has the files.
_SHOWN = {"practice.attached_text": 0}
# What a card on a page shows of a practice. A whole one may hold 600,000 bytes.
_BRIEF = {"first_published_at": 1} | {
    f"practice.{name}": 1
    for name in (
        "id", "version", "kind", "state", "languages", "published_at", "first_published_at", "review_by", "address",
        "content.kind", "content.title", "content.summary", "content.source_language", "content.sectors",
        "content.themes", "content.countries", "content.reach", "content.evidence_level", "content.lead_organisation",
        "content.period",
    )
}  # fmt: skip


class Practices:
    """What everybody may see. A practice that was taken down answers with its reason."""

    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._practices = db[PRACTICES]
        self._editions = db[EDITIONS]

    async def make_indexes(self) -> None:
        """Safe to repeat."""
        await self._practices.create_indexes(
            [
                IndexModel(
                    [("public", ASCENDING), ("first_published_at", DESCENDING), ("_id", DESCENDING)], name="newest"
                ),
                IndexModel([("bands", ASCENDING)], sparse=True, name="by_likeness"),
            ]
        )

    async def put(
        self, tx: Transaction, practice: PublicPractice, *, revision: int, fingerprint: Fingerprint | None
    ) -> None:
        """Show this edition from now on. ``revision`` counts the changes of the public face: its ETag."""
        document: Document = {
            "_id": practice.id,
            "public": True,
            "practice": practice.model_dump(mode="json"),
            "first_published_at": practice.first_published_at,
            "revision": revision,
        }
        if fingerprint:
            document |= fingerprint_fields(fingerprint)
        await self._practices.replace_one({"_id": practice.id}, document, upsert=True, session=tx.session)

    def add_edition(self, tx: Transaction, practice: PublicPractice) -> None:
        """Keep a published version for good: what its authors wrote, not what became of it, which may change."""
        kept = practice.model_copy(update={"agreement": None})
        shown = kept.model_dump(mode="json", exclude={"attached_text"})
        document = {"_id": f"{practice.id}/{practice.version}", "practice": shown}
        tx.insert(EDITIONS, document)

    async def change(self, tx: Transaction, practice: PublicPractice, *, revision: int) -> None:
        """Change what may change of a public practice: its state, its review-by date, its agreement."""
        await self._practices.update_one(
            {"_id": practice.id},
            {"$set": {"practice": practice.model_dump(mode="json"), "revision": revision}},
            session=tx.session,
        )

    async def entomb(self, tx: Transaction, practice_id: str, tombstone: Tombstone, *, revision: int) -> None:
        """Leave only the reason."""
        await self._practices.update_one(
            {"_id": practice_id},
            {
                "$set": {
                    "public": False,
                    "revision": revision,
                    "tombstone": {
                        "reason_code": tombstone.reason_code,
                        "reason": tombstone.reason,
                        "at": tombstone.at,
                    },
                },
                "$unset": {"bands": "", "signature": ""},
            },
            session=tx.session,
        )

    async def current(self, practice_id: str, session: AsyncClientSession | None = None) -> tuple[PublicPractice, int]:
        """Return the practice and its revision; raises NotFound, or Gone with the reason."""
        document = await self._practices.find_one({"_id": practice_id}, session=session)
        _refuse_missing(document)
        assert document is not None  # noqa: S101 - refused just above
        return PublicPractice.model_validate(document["practice"]), document["revision"]

    async def shown(self, practice_id: str) -> tuple[Document, int]:
        """Return the public JSON of a practice as it is kept, and its revision; raises NotFound or Gone."""
        document = await self._practices.find_one({"_id": practice_id}, _SHOWN)
        _refuse_missing(document)
        assert document is not None  # noqa: S101 - refused just above
        return document["practice"], document["revision"]

    async def edition(self, practice_id: str, version: int) -> Document:
        """Return the public JSON of one published version; raises NotFound, or Gone when it was taken down."""
        _refuse_missing(await self._practices.find_one({"_id": practice_id}, {"tombstone": 1}))
        document = await self._editions.find_one({"_id": f"{practice_id}/{version}"})
        if document is None:
            raise NotFound("There is no such version of this practice.")
        practice: Document = document["practice"]
        return practice

    async def edition_before(self, practice_id: str, version: int) -> Document:
        """Return the published version before this one, whole; raises NotFound for the first, Gone as ``edition``."""
        found = await self.editions(practice_id, before=version, limit=1)
        if not found:
            raise NotFound("There is no earlier version to compare with.")
        return found[0]

    async def editions(self, practice_id: str, *, before: int | None, limit: int) -> list[Document]:
        """Return the public JSON of the published versions, newest first, of those before ``before`` where given."""
        _refuse_missing(await self._practices.find_one({"_id": practice_id}, {"tombstone": 1}))
        query: Document = {"_id": _editions_of(practice_id)}
        if before:
            query["practice.version"] = {"$lt": before}
        cursor = self._editions.find(query).sort("practice.version", DESCENDING).limit(limit)
        return [document["practice"] async for document in cursor]

    async def attachment(self, practice_id: str, attachment_id: str) -> Mapping[str, Any]:
        """Return what is known of a published file, of any edition; raises NotFound or Gone."""
        _refuse_missing(await self._practices.find_one({"_id": practice_id}, {"tombstone": 1}))
        cursor = self._editions.find(
            {
                "_id": _editions_of(practice_id),
                "practice.attachments.id": attachment_id,
            },
            {"practice.attachments": 1},
        )
        async for document in cursor.limit(1):
            for attachment in document["practice"]["attachments"]:
                if attachment["id"] == attachment_id:
                    found: Mapping[str, Any] = attachment
                    return found
        raise NotFound("There is no such file.")

    async def page(self, *, before: tuple[datetime, str] | None, limit: int, brief: bool = False) -> list[Document]:
        """Return public practices, the newest first: ``practice`` and ``first_published_at``.

        ``brief`` leaves out their long texts and their files.
        """
        query: Document = {"public": True}
        if before:
            moment, practice_id = before
            query["$or"] = [
                {"first_published_at": {"$lt": moment}},
                {"first_published_at": moment, "_id": {"$lt": practice_id}},
            ]
        cursor = self._practices.find(query, _BRIEF if brief else _SHOWN)
        return await cursor.sort([("first_published_at", DESCENDING), ("_id", DESCENDING)]).limit(limit).to_list(None)

    async def some(self, practice_ids: Sequence[str], *, brief: bool = False) -> list[Document]:
        """Return those of the practices named that are public, in the order named: ``practice``."""
        query: Document = {"_id": {"$in": list(practice_ids)}, "public": True}
        cursor = self._practices.find(query, _BRIEF if brief else _SHOWN)
        found = {document["_id"]: document async for document in cursor}
        return [found[one] for one in dict.fromkeys(practice_ids) if one in found]


def _editions_of(practice_id: str) -> Document:
    return {"$gte": f"{practice_id}/", "$lt": f"{practice_id}0"}  # 0 is the character after the slash


def _refuse_missing(document: Document | None) -> None:
    if document is None:
        raise NotFound("There is no such practice.")
    if tombstone := document.get("tombstone"):
        raise Gone(
            tombstone["reason"],
            extra={"reason_code": tombstone["reason_code"], "withdrawn_at": tombstone["at"]},
        )
