"""What this service remembers of contributions from their events: whom to tell, where they stand, who reviewed them.

Both families of events write to the one row of a contribution, in any order; ``known`` is set by its own.
"""

from dataclasses import dataclass, field

from pymongo import ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase

from services.notifications.domain.schedule import Stage, Standing
from services.notifications.store.documents import Document, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The words that came with an approval, for its authors."""

    text: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """``approvals`` are by version."""

    contribution_id: str
    standing: Standing
    author_ids: tuple[str, ...]
    titles: dict[str, str] = field(default_factory=dict)
    source_language: str | None = None
    what: str | None = None
    approvals: dict[int, Approval] = field(default_factory=dict)


class Contributions:
    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._rows = db["contributions"]

    async def get(self, contribution_id: str, session: Session) -> Contribution | None:
        """Return a contribution of which its own events have told."""
        row = await self._rows.find_one({"_id": contribution_id, "known": True}, session=session)
        return _contribution(row) if row else None

    async def draft(
        self, contribution_id: str, author_ids: tuple[str, ...], what: str | None, session: Session
    ) -> Contribution:
        """Record that it is a draft, for the first time or again, and return it."""
        told = {"stage": Stage.DRAFT.value, "author_ids": list(author_ids), "what": what, "known": True}
        row = await self._changed(contribution_id, {"$set": told}, session)
        return _contribution(row)

    async def submit(self, one: Contribution, session: Session) -> None:
        """Record a version handed in."""
        told = {
            "stage": one.standing.stage.value,
            "version": one.standing.version,
            "round": one.standing.round,
            "author_ids": list(one.author_ids),
            "titles": [[language, title] for language, title in one.titles.items()],
            "source_language": one.source_language,
            "what": one.what,
            "known": True,
        }
        await self._rows.update_one({"_id": one.contribution_id}, {"$set": told}, upsert=True, session=session)

    async def move(self, contribution_id: str, stage: Stage, session: Session) -> Contribution:
        """Record a new stage and return the contribution; version and round stay."""
        row = await self._changed(contribution_id, {"$set": {"stage": stage.value, "known": True}}, session)
        return _contribution(row)

    async def reviewed(self, contribution_id: str, version: int, reviewer_id: str, session: Session) -> None:
        """Remember who finished a review of a version."""
        change = {"$addToSet": {f"reviewers.{version}": reviewer_id}}
        await self._rows.update_one({"_id": contribution_id}, change, upsert=True, session=session)

    async def decided(
        self, contribution_id: str, version: int, approval: Approval | None, session: Session
    ) -> tuple[str, ...]:
        """Keep the words of an approval; returns who reviewed that version, to tell them and never the authors."""
        words = {"text": approval.text, "remarks": list(approval.remarks)} if approval else None
        change: Document = {"$set": {f"approvals.{version}": words}}
        row = await self._changed(contribution_id, change, session)
        return tuple(row.get("reviewers", {}).get(str(version), ()))

    async def _changed(self, contribution_id: str, change: Document, session: Session) -> Document:
        row = await self._rows.find_one_and_update(
            {"_id": contribution_id}, change, upsert=True, return_document=ReturnDocument.AFTER, session=session
        )
        return row or {}


def _contribution(row: Document) -> Contribution:
    approvals = {
        int(version): Approval(text=words["text"], remarks=tuple(words["remarks"]))
        for version, words in row.get("approvals", {}).items()
        if words
    }
    return Contribution(
        contribution_id=row["_id"],
        standing=Standing(stage=Stage(row["stage"]), version=row.get("version", 0), round=row.get("round", 0)),
        author_ids=tuple(row.get("author_ids", ())),
        titles=dict(row.get("titles", ())),
        source_language=row.get("source_language"),
        what=row.get("what"),
        approvals=approvals,
    )
