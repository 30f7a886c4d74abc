"""One row for each contribution that events told of."""

from collections.abc import Collection, Iterable

from pymongo import ReplaceOne
from pymongo.asynchronous.database import AsyncDatabase

from services.notifications.domain.contribution import Approval, Contribution
from services.notifications.domain.schedule import Stage, Standing
from services.notifications.store.documents import Document, Session


class Contributions:
    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._rows = db["contributions"]

    async def get(self, contribution_id: str, session: Session) -> Contribution | None:
        """Return a contribution of which its own events have told."""
        row = await self._rows.find_one({"_id": contribution_id, "known": True}, session=session)
        return _contribution(row) if row else None

    async def load(self, contribution_ids: Collection[str], session: Session) -> dict[str, Contribution]:
        """Return those of these of which any event has told, by id."""
        rows = await self._rows.find({"_id": {"$in": list(contribution_ids)}}, session=session).to_list(None)
        return {row["_id"]: _contribution(row) for row in rows}

    async def save(self, contributions: Iterable[Contribution], session: Session) -> None:
        """Write them whole; they were loaded in the same transaction, or a change between would be lost."""
        rows = [_row(one) for one in contributions]
        if len(rows) == 1:
            await self._rows.replace_one({"_id": rows[0]["_id"]}, rows[0], upsert=True, session=session)
        elif rows:
            batch = [ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows]
            await self._rows.bulk_write(batch, ordered=False, session=session)


def _row(one: Contribution) -> Document:
    return {
        "_id": one.contribution_id,
        "known": one.known,
        "stage": one.standing.stage.value,
        "version": one.standing.version,
        "round": one.standing.round,
        "author_ids": list(one.author_ids),
        "titles": [[language, title] for language, title in one.titles.items()],
        "source_language": one.source_language,
        "what": one.what,
        "approvals": {
            str(version): {"text": words.text, "remarks": list(words.remarks)}
            for version, words in one.approvals.items()
        },
        "reviewers": {str(version): list(people) for version, people in one.reviewers.items()},
    }


def _contribution(row: Document) -> Contribution:
    stage = Stage(row.get("stage", Stage.DRAFT))
    return Contribution(
        contribution_id=row["_id"],
        known=row.get("known", False),
        standing=Standing(stage=stage, version=row.get("version", 0), round=row.get("round", 0)),
        author_ids=tuple(row.get("author_ids", ())),
        titles=dict(row.get("titles", ())),
        source_language=row.get("source_language"),
        what=row.get("what"),
        approvals={
            int(version): Approval(text=words["text"], remarks=tuple(words["remarks"]))
            for version, words in row.get("approvals", {}).items()
            if words
        },
        reviewers={int(version): tuple(people) for version, people in row.get("reviewers", {}).items()},
    )
