"""What this service remembers of contributions and cases from their events: whom to tell, and where they stand."""

from dataclasses import dataclass, field

from pymongo.asynchronous.database import AsyncDatabase

from services.notifications.domain.schedule import Stage, Standing
from services.notifications.store.documents import Document, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    contribution_id: str
    standing: Standing
    author_ids: tuple[str, ...]
    titles: dict[str, str] = field(default_factory=dict)
    source_language: str | None = None
    what: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The words that came with an approval, for its authors."""

    text: str
    remarks: tuple[str, ...]


class Contributions:
    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._rows = db["contributions"]
        self._cases = db["cases"]

    async def get(self, contribution_id: str, session: Session) -> Contribution | None:
        row = await self._rows.find_one({"_id": contribution_id}, session=session)
        if row is None:
            return None
        return Contribution(
            contribution_id=row["_id"],
            standing=Standing(stage=Stage(row["stage"]), version=row["version"], round=row["round"]),
            author_ids=tuple(row["author_ids"]),
            titles=dict(row["titles"]),
            source_language=row["source_language"],
            what=row["what"],
        )

    async def save(self, one: Contribution, session: Session) -> None:
        row = {
            "stage": one.standing.stage.value,
            "version": one.standing.version,
            "round": one.standing.round,
            "author_ids": list(one.author_ids),
            "titles": [[language, title] for language, title in one.titles.items()],
            "source_language": one.source_language,
            "what": one.what,
        }
        await self._rows.replace_one({"_id": one.contribution_id}, row, upsert=True, session=session)

    async def move(self, contribution_id: str, stage: Stage, session: Session) -> None:
        """Record a new stage; version and round stay."""
        await self._rows.update_one({"_id": contribution_id}, {"$set": {"stage": stage.value}}, session=session)

    async def reviewed(self, case_id: str, reviewer_id: str, session: Session) -> None:
        """Remember who finished a review of a case."""
        await self._cases.update_one(
            {"_id": case_id}, {"$addToSet": {"reviewer_ids": reviewer_id}}, upsert=True, session=session
        )

    async def reviewers(self, case_id: str, session: Session) -> tuple[str, ...]:
        """Return who finished a review of a case. For telling reviewers; never for telling authors."""
        row = await self._cases.find_one({"_id": case_id}, session=session)
        return tuple(row.get("reviewer_ids", ())) if row else ()

    async def approved(self, case_id: str, approval: Approval, session: Session) -> None:
        """Remember what the authors are to read when it is published."""
        words = {"text": approval.text, "remarks": list(approval.remarks)}
        await self._cases.update_one({"_id": case_id}, {"$set": {"approval": words}}, upsert=True, session=session)

    async def approval(self, case_id: str, session: Session) -> Approval | None:
        row = await self._cases.find_one({"_id": case_id, "approval": {"$exists": True}}, session=session)
        if row is None:
            return None
        return Approval(text=row["approval"]["text"], remarks=tuple(row["approval"]["remarks"]))
