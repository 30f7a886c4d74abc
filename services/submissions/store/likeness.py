"""What is much alike: published practices and a person's own contributions, found in one question."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo import DESCENDING
from pymongo.asynchronous.database import AsyncDatabase

from services.submissions.documents import Document
from services.submissions.domain.state import State
from services.submissions.store.contributions import CONTRIBUTIONS, SNAPSHOTS
from services.submissions.store.practices import PRACTICES

_OF_EACH = 20
_LAST: Document = {
    "pipeline": [
        {"$sort": {"version": DESCENDING, "round": DESCENDING}},
        {"$limit": 1},
        {"$project": {"content.title": 1, "content.source_language": 1}},
    ],
    "as": "submitted",
}


class Likeness:
    """Reads the bands that contributions and practices are indexed by."""

    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._contributions = db[CONTRIBUTIONS]

    async def alike(self, person_id: str, bands: Sequence[str], *, but: str) -> list[Document]:
        """Return what shares a band: ``_id``, ``title``, ``source_language``, ``signature`` and ``public``.

        At most twenty of this author's own contributions, and after them as many public practices; the own ones as they
        were submitted last, which is what they are compared by: reviewers are told of them. It is for hints, and in no
        transaction: these do not take the union of two collections.
        """
        shared = {"bands": {"$in": list(bands)}, "_id": {"$ne": but}}
        own = {**shared, "author_ids": person_id, "state": {"$ne": State.DISCARDED.value}}
        public = [*_first({**shared, "public": True}), _shown("$practice.content", public=True)]
        found = await self._contributions.aggregate(
            [
                *_first(own),
                {"$lookup": {"from": SNAPSHOTS, "localField": "_id", "foreignField": "contribution_id", **_LAST}},
                {"$unwind": "$submitted"},
                _shown("$submitted.content", public=False),
                {"$unionWith": {"coll": PRACTICES, "pipeline": public}},
            ]
        )
        return await found.to_list(None)


def _first(query: Document) -> list[Document]:
    return [{"$match": query}, {"$limit": _OF_EACH}]


def _shown(content: str, *, public: bool) -> Document:
    fields = {"title": f"{content}.title", "source_language": f"{content}.source_language"}
    return {"$project": {**fields, "signature": 1, "public": {"$literal": public}}}
