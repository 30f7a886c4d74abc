"""The working records and the snapshots of what was submitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.submissions.documents import Document, contribution_document, contribution_from, flat
from services.submissions.domain.contribution import Contribution
from services.submissions.domain.state import REVIEWABLE, State, Step
from shared.errors import NotFound, Stale
from shared.events.base import EventData
from shared.store.outbox import Transaction

CONTRIBUTIONS = "contributions"
SNAPSHOTS = "snapshots"

_SUMMARY = {
    "state": 1,
    "version": 1,
    "round": 1,
    "revision": 1,
    "content.kind": 1,
    "content.title": 1,
    "content.source_language": 1,
    "publication": 1,
    "created_at": 1,
    "updated_at": 1,
    "discarded_at": 1,
    "set_aside.at": 1,
    "appeal_until": 1,
    "publish_at": 1,
    "history.what": 1,
    "history.version": 1,
    "feedback.comments.id": 1,
    "feedback.comments.severity": 1,
    "feedback.answers.comment_id": 1,
}


class Contributions:
    """Contributions and their snapshots. Whoever is no author of one is told that there is none."""

    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._records = db[CONTRIBUTIONS]
        self._snapshots = db[SNAPSHOTS]

    async def make_indexes(self) -> None:
        """Safe to repeat."""
        await self._records.create_indexes(
            [
                IndexModel([("author_ids", ASCENDING), ("_id", DESCENDING)], name="by_author"),
                IndexModel([("bands", ASCENDING)], sparse=True, name="by_likeness"),
                IndexModel(
                    [("origin.source", ASCENDING), ("origin.key", ASCENDING)],
                    unique=True,
                    partialFilterExpression={"origin.key": {"$exists": True}},
                    name="by_origin",
                ),
                IndexModel([("publish_at", ASCENDING)], sparse=True, name="to_publish"),
                IndexModel([("discarded_at", ASCENDING)], sparse=True, name="to_purge"),
                IndexModel([("set_aside.at", ASCENDING)], sparse=True, name="set_aside"),
                IndexModel([("publication.review_by", ASCENDING)], sparse=True, name="to_expire"),
            ]
        )
        await self._snapshots.create_indexes(
            [
                IndexModel(
                    [("contribution_id", ASCENDING), ("version", DESCENDING), ("round", DESCENDING)],
                    unique=True,
                    name="by_contribution",
                ),
                IndexModel([("content_attachments", ASCENDING)], sparse=True, name="by_attachment"),
            ]
        )

    async def find(self, contribution_id: str, session: AsyncClientSession | None = None) -> Contribution | None:
        """Return it whoever asks, or None."""
        document = await self._records.find_one({"_id": contribution_id}, session=session)
        return contribution_from(document) if document else None

    async def of(
        self,
        person_id: str,
        contribution_id: str,
        session: AsyncClientSession | None = None,
        *,
        discarded: bool = False,
    ) -> Contribution:
        """Return a contribution of this author; raises NotFound for everybody else and for what was discarded."""
        contribution = await self.find(contribution_id, session)
        if contribution is None or not contribution.is_author(person_id):
            raise NotFound("There is no such contribution.")
        if contribution.state is State.DISCARDED and not discarded:
            raise NotFound("There is no such contribution.")
        return contribution

    async def add(self, tx: Transaction, contribution: Contribution, *said: EventData) -> Contribution:
        """Keep a new contribution and say what happened."""
        after = replace(contribution, said=len(said))
        if after.origin:  # the next row of an import may ask for it
            await self._records.insert_one(contribution_document(after), session=tx.session)
        else:
            tx.insert(CONTRIBUTIONS, contribution_document(after))
        _say(tx, f"contribution:{after.id}", 0, said)
        return after

    async def put(
        self,
        tx: Transaction,
        before: Contribution,
        after: Contribution,
        said: Sequence[EventData] = (),
        practice_said: Sequence[EventData] = (),
    ) -> Contribution:
        """Replace ``before`` by ``after`` and say what happened; raises Stale if another change came first."""
        counted = replace(after, said=before.said + len(said), practice_said=before.practice_said + len(practice_said))
        outcome = await self._records.replace_one(
            {"_id": before.id, "revision": before.revision}, contribution_document(counted), session=tx.session
        )
        if not outcome.matched_count:
            raise Stale("Somebody changed this meanwhile. Load it again.")
        _say(tx, f"contribution:{after.id}", before.said, said)
        _say(tx, f"practice:{after.id}", before.practice_said, practice_said)
        return counted

    async def open(
        self, tx: Transaction, contribution_id: str, *, version: int, round_: int, due_at: datetime | None = None
    ) -> None:
        """Do what ``Contribution.opened`` does, or nothing where it comes too late, without loading the texts."""
        step = Step(at=tx.now, what="in_review", by="system", version=version, round=round_)
        due = {"decision_due": due_at} if due_at else {}
        await self._records.update_one(
            {
                "_id": contribution_id,
                "state": {"$in": [state.value for state in REVIEWABLE]},
                "version": version,
                "round": {"$lte": round_},
            },
            {
                "$set": {"state": State.IN_REVIEW.value, "round": round_, "updated_at": tx.now} | due,
                "$inc": {"revision": 1},
                "$push": {"history": flat(step)},
            },
            session=tx.session,
        )

    async def summaries(
        self, person_id: str, *, states: Sequence[State], before: str | None, limit: int
    ) -> list[Document]:
        """Return an author's contributions, newest first, without their texts; discarded ones only when asked for."""
        query: Document = {"author_ids": person_id}
        query["state"] = {"$in": [state.value for state in states]} if states else {"$ne": State.DISCARDED.value}
        if before:
            query["_id"] = {"$lt": before}
        return await self._records.find(query, _SUMMARY).sort("_id", DESCENDING).limit(limit).to_list(None)

    async def by_origin(self, source: str, key: str, session: AsyncClientSession | None = None) -> Contribution | None:
        """Return what was imported under this key."""
        document = await self._records.find_one({"origin.source": source, "origin.key": key}, session=session)
        return contribution_from(document) if document else None

    async def to_publish(self, now: datetime) -> list[str]:
        """Return the ids of approved contributions whose time has come."""
        return await self._ids({"publish_at": {"$lte": now}, "state": State.APPROVED.value})

    async def to_expire(self, today: date) -> list[str]:
        """Return the ids of publications whose review-by date has passed unnoticed."""
        return await self._ids(
            {
                "publication.review_by": {"$lt": today.isoformat()},
                "publication.stale": False,
                "state": {"$ne": State.TOMBSTONED.value},
            }
        )

    async def to_purge(self, oldest: datetime) -> list[str]:
        """Return the ids of drafts that were discarded, or set aside, before that moment."""
        return await self._ids({"discarded_at": {"$lte": oldest}}) + await self._ids({"set_aside.at": {"$lte": oldest}})

    async def _ids(self, query: Document, limit: int = 100) -> list[str]:
        found = await self._records.find(query, {"_id": 1}).limit(limit).to_list(None)
        return [document["_id"] for document in found]

    async def remove(self, tx: Transaction, contribution: Contribution) -> None:
        """Forget a discarded draft for good."""
        await self._records.delete_one({"_id": contribution.id, "revision": contribution.revision}, session=tx.session)

    async def add_snapshot(
        self, tx: Transaction, contribution: Contribution, *, by: str, answers: Mapping[str, str]
    ) -> None:
        """Freeze what was submitted as version.round."""
        document = contribution_document(contribution)
        await self._snapshots.insert_one(
            {
                "_id": f"{contribution.id}/{contribution.version}.{contribution.round}",
                "contribution_id": contribution.id,
                "version": contribution.version,
                "round": contribution.round,
                "content": document["content"],
                "attachments": document["attachments"],
                "content_attachments": [attachment.id for attachment in contribution.attachments],
                "answers": [{"comment_id": comment_id, "text": text} for comment_id, text in answers.items()],
                "submitted_at": tx.now,
                "submitted_by": by,
            },
            session=tx.session,
        )

    async def snapshots(self, contribution_id: str) -> list[Document]:
        """List the snapshots of a contribution, oldest first, without their content."""
        cursor = self._snapshots.find({"contribution_id": contribution_id}, {"content": 0, "content_attachments": 0})
        return await cursor.sort([("version", ASCENDING), ("round", ASCENDING)]).to_list(None)

    async def snapshot(self, contribution_id: str, version: int, round_: int) -> Document:
        """Return one snapshot; raises NotFound."""
        document = await self._snapshots.find_one({"_id": f"{contribution_id}/{version}.{round_}"})
        if document is None:
            raise NotFound("There is no such version.")
        return document

    async def latest_snapshot(
        self, contribution_id: str, version: int, session: AsyncClientSession | None = None
    ) -> Document | None:
        """Return what was submitted last of a version: what a decision on it rests on."""
        return await self._snapshots.find_one(
            {"contribution_id": contribution_id, "version": version}, sort=[("round", DESCENDING)], session=session
        )

    async def submitted_with(self, attachment_id: str, session: AsyncClientSession | None = None) -> list[Document]:
        """Return contribution and version of the snapshots that hold this file."""
        cursor = self._snapshots.find(
            {"content_attachments": attachment_id},
            {"contribution_id": 1, "version": 1, "attachments": 1},
            session=session,
        )
        return await cursor.to_list(None)

    async def holds(self, contribution_id: str, attachment_id: str) -> bool:
        """Whether the contribution or one of its snapshots still has this file."""
        query = {
            "_id": contribution_id,
            "$or": [{"attachments.id": attachment_id}, {"set_aside.attachments.id": attachment_id}],
        }
        if await self._records.find_one(query, {"_id": 1}):
            return True
        return bool(await self.submitted_with(attachment_id))


def _say(tx: Transaction, aggregate: str, counted: int, said: Sequence[EventData]) -> None:
    for version, event in enumerate(said, counted + 1):
        tx.say(event, aggregate=aggregate, version=version)
