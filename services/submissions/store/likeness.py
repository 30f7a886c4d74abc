"""What is much alike: published practices and a person's own contributions, found in one question."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo.asynchronous.database import AsyncDatabase

from services.submissions.documents import Document
from services.submissions.store.contributions import CONTRIBUTIONS
from services.submissions.store.practices import PRACTICES

_OF_EACH = 20


class Likeness:
    """Reads the bands that contributions and practices are indexed by."""

    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._contributions = db[CONTRIBUTIONS]

    async def alike(self, person_id: str, bands: Sequence[str], *, but: str) -> list[Document]:
        """Return what shares a band: ``_id``, ``title``, ``source_language`` and ``signature``.

        At most twenty of this author's own contributions, and after them as many public practices. It is for hints, and
        in no transaction: these do not take the union of two collections.
        """
        shared = {"bands": {"$in": list(bands)}, "_id": {"$ne": but}}
        found = await self._contributions.aggregate(
            [
                *_first({**shared, "author_ids": person_id}, "content"),
                {"$unionWith": {"coll": PRACTICES, "pipeline": _first({**shared, "public": True}, "practice.content")}},
            ]
        )
        return await found.to_list(None)


def _first(query: Document, content: str) -> list[Document]:
    shown = {"title": f"${content}.title", "source_language": f"${content}.source_language", "signature": 1}
    return [{"$match": query}, {"$limit": _OF_EACH}, {"$project": shown}]
