"""The collections of review and their indexes; no other file knows them.

``cases`` one document a case, its decisions inside · ``snapshots`` what was submitted, one a round · ``reviews`` one a
reviewer and sitting · ``trail`` the audit trail, only ever added to · ``people`` who reviews and decides ·
``authorship`` who wrote with whom.

Every call costs a round trip and as much processor time as everything else a request does: reads and writes are
joined where one command can do both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from services.review.documents import (
    Document,
    case_document,
    case_of,
    decision_document,
    review_id_of,
    review_of,
    reviewer_of,
    sign_in_document,
    step_document,
    step_of,
    terms_document,
)
from services.review.domain.case import Case, CaseState
from services.review.domain.decision import Decision
from services.review.domain.review import Review
from services.review.domain.reviewer import Reviewer
from services.review.domain.trail import Head, Step
from shared.store.outbox import Transaction

_WITHOUT_DECISIONS: Final = {"decisions": 0}
_OPEN: Final = {"state": CaseState.OPEN.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A case as it lies in the files: ``said`` counts its events, ``head`` is the end of its trail."""

    case: Case
    said: int
    head: Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Cases that wait for the same: how many, since when the oldest is open, how many want a reviewer or are late."""

    count: int
    oldest: datetime
    unclaimed: int
    overdue: int


class Records:
    """Reads and writes, inside a transaction (``of``) or outside one."""

    def __init__(self, db: AsyncDatabase[Document], tx: Transaction | None = None) -> None:
        self._db = db
        self._tx = tx
        self._session: AsyncClientSession | None = tx.session if tx else None

    @classmethod
    def of(cls, tx: Transaction) -> Records:
        return cls(tx.db, tx)

    def _insert(self, collection: str, documents: Iterable[Document]) -> None:
        """Insert documents at the end of the transaction, with those of its other events."""
        if self._tx is None:
            raise LookupError("outside a transaction")
        for document in documents:
            self._tx.insert(collection, document)

    @property
    def _cases(self) -> AsyncCollection[Document]:
        return self._db["cases"]

    # Cases and their trail

    async def filed(self, case_id: str) -> Filed | None:
        document = await self._cases.find_one({"_id": case_id}, _WITHOUT_DECISIONS, session=self._session)
        if document is None:
            return None
        return Filed(case=case_of(document), said=document["said"], head=Head(**document["trail"]))

    async def filed_for_decision(
        self, case_id: str, person_id: str
    ) -> tuple[Filed, list[Review], Reviewer | None] | None:
        """Return the case, the reviews of its present sitting and what is known of a person, in one round trip."""
        steps: list[Document] = [
            {"$match": {"_id": case_id}},
            {"$project": _WITHOUT_DECISIONS},
            _joined("reviews", _within(case_id)),
            _joined("people", {"_id": person_id}),
        ]
        found = await (await self._cases.aggregate(steps, session=self._session)).to_list(1)
        if not found:
            return None
        (document,) = found
        filed = Filed(case=case_of(document), said=document["said"], head=Head(**document["trail"]))
        sitting = review_id_of(case_id, filed.case.sitting, "")
        reviews = [review_of(one) for one in document["reviews"] if one["_id"].startswith(sitting)]
        people = [reviewer_of(one) for one in document["people"]]
        return filed, reviews, people[0] if people else None

    async def file(self, filed: Filed, steps: Sequence[Step], decision: Decision | None = None) -> None:
        """Write the case, with a decision if one was made, and add to its trail."""
        document = case_document(filed.case)
        key = {"_id": document.pop("_id")}
        document["said"] = filed.said
        document["trail"] = {"number": filed.head.number, "seal": filed.head.seal}
        change: dict[str, Any] = {"$set": document}
        if decision:
            change["$push"] = {"decisions": decision_document(decision)}
        await self._cases.update_one(key, change, upsert=True, session=self._session)
        self._insert("trail", map(step_document, steps))

    async def decisions(self, case_id: str) -> list[Document]:
        """Every decision on the case, the first first."""
        found = await self._cases.find_one({"_id": case_id}, {"decisions": 1}, session=self._session)
        decisions: list[Document] = (found or {}).get("decisions", [])
        return decisions

    async def trail(self, case_id: str) -> list[Step]:
        within = {"_id": {"$gte": f"{case_id}:", "$lt": f"{case_id};"}}
        found = await self._db["trail"].find(within, session=self._session).sort("_id", ASCENDING).to_list(None)
        return [step_of(document) for document in found]

    async def cases_with_trail_of(self, person_id: str) -> list[str]:
        """Ids of the cases in whose trail a person is named, as who acted or otherwise."""
        found: set[str] = set()
        async for step in self._db["trail"].find({}, {"case_id": 1, "actor": 1, "facts": 1}):
            if person_id in str((step["actor"], step["facts"])):
                found.add(step["case_id"])
        return sorted(found)

    async def rewrite_trail(self, case_id: str, steps: Sequence[Document], head: Head) -> None:
        """Put these steps in the place of those of the same number; only for forgetting a person."""
        for step in steps:
            await self._db["trail"].replace_one({"_id": step["_id"]}, step, session=self._session)
        trail = {"number": head.number, "seal": head.seal}
        await self._cases.update_one({"_id": case_id}, {"$set": {"trail": trail}}, session=self._session)

    async def cases_of(self, contribution_ids: Sequence[str]) -> list[Case]:
        """The cases of all versions of these contributions."""
        if not contribution_ids:
            return []
        found = self._cases.find({"contribution_id": {"$in": list(contribution_ids)}}, _WITHOUT_DECISIONS)
        return [case_of(document) async for document in found]

    async def undecided_of(self, contribution_id: str) -> list[str]:
        """Ids of the contribution's cases that wait for reviewers or for their author."""
        states = [CaseState.OPEN.value, CaseState.CHANGES_REQUESTED.value]
        query = {"contribution_id": contribution_id, "state": {"$in": states}}
        return [case["_id"] async for case in self._cases.find(query, {"_id": 1}, session=self._session)]

    async def with_lapsed_leases(self, now: datetime, *, limit: int) -> list[str]:
        query = _OPEN | {"next_lease": {"$lte": now}}
        found = self._cases.find(query, {"_id": 1}).sort("next_lease", ASCENDING).limit(limit)
        return [case["_id"] async for case in found]

    async def page(self, query: Mapping[str, Any], order: Sequence[tuple[str, int]], *, limit: int) -> list[Case]:
        found = self._cases.find(query, _WITHOUT_DECISIONS).sort(order).limit(limit)
        return [case_of(document) async for document in found]

    async def count(self, query: Mapping[str, Any]) -> int:
        return await self._cases.count_documents(query)

    async def count_states(self, query: Mapping[str, Any]) -> dict[str, int]:
        """How many cases are in each state; all of them are counted from the index alone."""
        group = {"$group": {"_id": "$state", "number": {"$sum": 1}}}
        options: dict[str, Any] = {} if query else {"hint": "board"}
        found = await self._cases.aggregate([{"$match": query}, group], **options)
        return {row["_id"]: row["number"] async for row in found}

    async def count_open(self, query: Mapping[str, Any], *, now: datetime) -> dict[str, int]:
        """How many are ``open``, and how many of these ``ready``, ``unclaimed`` (a place is free), ``overdue``."""
        tests = {"ready": "$ready", "unclaimed": {"$gt": ["$places_left", 0]}, "overdue": {"$lt": ["$next_due", now]}}
        sums = {name: {"$sum": {"$cond": [test, 1, 0]}} for name, test in tests.items()}
        group = {"$group": {"_id": None, "open": {"$sum": 1}, **sums}}
        found = await (await self._cases.aggregate([{"$match": {**query, **_OPEN}}, group])).to_list(1)
        return found[0] if found else dict.fromkeys(("open", *tests), 0)

    async def waiting(self, now: datetime) -> dict[str, Waiting]:
        """What waits for ``reviews``, for a ``decision`` and for its ``authors``; nothing is told of none."""
        is_open = {"$eq": ["$state", CaseState.OPEN.value]}
        steps: list[Document] = [
            {"$match": {"state": {"$in": [CaseState.OPEN.value, CaseState.CHANGES_REQUESTED.value]}}},
            {
                "$group": {
                    "_id": {"$cond": [is_open, {"$cond": ["$ready", "decision", "reviews"]}, "authors"]},
                    "count": {"$sum": 1},
                    "oldest": {"$min": "$opened_at"},
                    "unclaimed": {"$sum": {"$cond": [{"$and": [is_open, {"$gt": ["$places_left", 0]}]}, 1, 0]}},
                    "overdue": {"$sum": {"$cond": [{"$and": [is_open, {"$lt": ["$next_due", now]}]}, 1, 0]}},
                }
            },
        ]
        return {row.pop("_id"): Waiting(**row) async for row in await self._cases.aggregate(steps)}

    def add_snapshot(self, case: Case, snapshot: Mapping[str, Any]) -> None:
        """Keep what was submitted for the present round."""
        self._insert("snapshots", [{**snapshot, "_id": f"{case.case_id}.{case.round}", "case_id": case.case_id}])

    async def snapshot(self, case: Case) -> Document:
        found = await self._db["snapshots"].find_one({"_id": f"{case.case_id}.{case.round}"})
        return found or {}

    # Reviews

    async def review_document(self, case: Case, reviewer_id: str) -> Document | None:
        key = {"_id": review_id_of(case.case_id, case.sitting, reviewer_id)}
        return await self._db["reviews"].find_one(key, session=self._session)

    async def add_review(self, document: Document) -> bool:
        """Keep a review for the first time; False when there is one already."""
        try:
            await self._db["reviews"].insert_one(document, session=self._session)
        except DuplicateKeyError:
            return False
        return True

    async def change_review(
        self, case: Case, reviewer_id: str, change: Mapping[str, Any], *, version: int | None = None
    ) -> Document | None:
        """Change the unfinished review, if it still has this version; returns it as it is then, or None."""
        key: dict[str, Any] = {"_id": review_id_of(case.case_id, case.sitting, reviewer_id)}
        key |= {"completed_at": None} if version is None else {"completed_at": None, "version": version}
        return await self._db["reviews"].find_one_and_update(
            key, change, return_document=ReturnDocument.AFTER, session=self._session
        )

    async def reviews(self, case: Case) -> list[Review]:
        """The reviews of every sitting so far, finished or not."""
        within = _within(case.case_id)
        return [review_of(found) async for found in self._db["reviews"].find(within, session=self._session)]

    async def void_review(self, case: Case, reviewer_id: str) -> None:
        key = {"_id": review_id_of(case.case_id, case.sitting, reviewer_id)}
        await self._db["reviews"].update_one(key, {"$set": {"void": True}}, session=self._session)

    # People

    async def reviewer(self, person_id: str) -> Reviewer | None:
        document = await self._db["people"].find_one({"_id": person_id}, session=self._session)
        return reviewer_of(document) if document else None

    async def takes(self, person_id: str, case_id: str) -> Reviewer:
        """Put the case on the person's load, and return what is known of them with it.

        This write is what keeps two claims of one reviewer from passing the load cap side by side.
        """
        return await self._with_load(person_id, {"$addToSet": {"holding": case_id}})

    async def lays_down(self, person_id: str, case_id: str) -> Reviewer:
        """Take the case off the person's load, and return what is known of them."""
        return await self._with_load(person_id, {"$pull": {"holding": case_id}})

    async def _with_load(self, person_id: str, change: Mapping[str, Any]) -> Reviewer:
        document = await self._db["people"].find_one_and_update(
            {"_id": person_id},
            change,
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=self._session,
        )
        return reviewer_of(document or {"_id": person_id})

    async def keep_sign_in(self, reviewer: Reviewer) -> None:
        """Keep what a sign-in told."""
        key, change = {"_id": reviewer.person_id}, {"$set": sign_in_document(reviewer)}
        await self._db["people"].update_one(key, change, upsert=True, session=self._session)

    async def keep_terms(self, reviewer: Reviewer) -> None:
        """Keep what a known person says of themselves."""
        change = {"$set": terms_document(reviewer)}
        await self._db["people"].update_one({"_id": reviewer.person_id}, change, session=self._session)

    async def let_go(self, reviewer_ids: Iterable[str], case_id: str) -> None:
        """Take the case off the load of these reviewers."""
        some = sorted(reviewer_ids)
        change: dict[str, Any] = {"$pull": {"holding": case_id}}
        if some:
            await self._db["people"].update_many({"_id": {"$in": some}}, change, session=self._session)

    async def reviewers(self, *, after: str | None, limit: int) -> list[Reviewer]:
        """People with the reviewer's role, by id."""
        query: dict[str, Any] = {"reviews": True}
        if after is not None:
            query["_id"] = {"$gt": after}
        found = self._db["people"].find(query).sort("_id", ASCENDING).limit(limit)
        return [reviewer_of(document) async for document in found]

    async def every_reviewer(self) -> AsyncIterator[Reviewer]:
        """People with the reviewer's role, one after the other."""
        async for document in self._db["people"].find({"reviews": True}):
            yield reviewer_of(document)

    # Who wrote with whom

    async def keep_authorship(self, contribution_id: str, authors: Iterable[str], *, at: datetime) -> None:
        """Remember who wrote a contribution together, also for the cases that each of them is an author in."""
        together = sorted(set(authors))
        if len(together) < 2:  # noqa: PLR2004 - one author alone wrote with nobody
            return
        await self._db["authorship"].update_one(
            {"_id": contribution_id},
            {"$addToSet": {"authors": {"$each": together}}, "$max": {"at": at}},
            upsert=True,
            session=self._session,
        )
        await self._cases.update_many(
            {"authors": {"$in": together}},
            {"$addToSet": {"co_authors": {"$each": together}}},
            session=self._session,
        )

    async def co_authors(self, people: Iterable[str], *, since: datetime) -> frozenset[str]:
        """Everybody who wrote with any of these people since then, these people included."""
        query = {"authors": {"$in": sorted(people)}, "at": {"$gte": since}}
        found = self._db["authorship"].find(query, {"authors": 1}, session=self._session)
        return frozenset([author async for row in found for author in row["authors"]])


def _within(case_id: str) -> Document:
    """Return what matches the reviews of a case, by their ids."""
    return {"_id": {"$gte": f"{case_id}.", "$lt": f"{case_id}/"}}


def _joined(collection: str, match: Document) -> Document:
    """Return the step that adds documents of another collection, under its name and by id."""
    return {
        "$lookup": {
            "from": collection,
            "pipeline": [{"$match": match}, {"$sort": {"_id": ASCENDING}}],
            "as": collection,
        }
    }


async def make_indexes(db: AsyncDatabase[Document]) -> None:
    """Make every index of review; safe to repeat."""
    await db["cases"].create_indexes(
        [
            IndexModel(
                [("completed", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)],
                name="fewest_reviews_first",
                partialFilterExpression=_OPEN,
            ),
            IndexModel([("next_due", ASCENDING), ("_id", ASCENDING)], name="due", partialFilterExpression=_OPEN),
            IndexModel([("next_lease", ASCENDING)], name="leases", partialFilterExpression=_OPEN),
            IndexModel([("seats.reviewer_id", ASCENDING), ("next_due", ASCENDING)], name="seats"),
            IndexModel([("opened_at", DESCENDING), ("_id", DESCENDING)], name="newest"),
            IndexModel([("state", ASCENDING), ("opened_at", ASCENDING), ("_id", ASCENDING)], name="board"),
            IndexModel([("contribution_id", ASCENDING)], name="contribution"),
            IndexModel([("authors", ASCENDING)], name="authors"),
        ]
    )
    await db["people"].create_indexes([IndexModel([("reviews", ASCENDING), ("_id", ASCENDING)], name="reviewers")])
    await db["authorship"].create_indexes(
        [IndexModel([("authors", ASCENDING), ("at", ASCENDING)], name="written_together")]
    )
