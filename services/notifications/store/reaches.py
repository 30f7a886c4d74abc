"""The publications of which something still waits, or was not said yet, and how many mails and entries tell of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DeleteOne, IndexModel, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from services.notifications.domain.ledger import State
from services.notifications.domain.reach import FIRST_LOOK, Mails, Reach, pause, reach
from services.notifications.store.documents import Document, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A publication to look at. ``times`` is how often people were told of it, ``told`` what was said of it last."""

    publication: str
    times: int
    since: datetime
    told: Reach | None


class Reaches:
    """One row a publication. It goes when nothing waits any more and that was said."""

    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._rows = db["reaches"]
        self._deliveries = db["deliveries"]
        self._lines = db["digest_lines"]
        self._notices = db["notices"]

    async def make_indexes(self) -> None:
        await self._rows.create_indexes(
            [IndexModel([("look_at", ASCENDING)], name="look"), IndexModel([("since", ASCENDING)], name="since")]
        )
        about = IndexModel([("about", ASCENDING)], sparse=True, name="about")
        for rows in (self._deliveries, self._lines, self._notices):
            await rows.create_indexes([about])

    async def watch(self, publications: Collection[str], now: datetime, session: Session) -> None:
        """Have these looked at soon: people are told of them in this transaction."""
        change = {"$inc": {"times": 1}, "$set": {"since": now, "look_at": now + FIRST_LOOK}}
        changes = [UpdateOne({"_id": one}, change, upsert=True) for one in sorted(publications)]
        if len(changes) == 1:  # the usual case, at half the cost of a batch
            await self._rows.update_one({"_id": next(iter(publications))}, change, upsert=True, session=session)
        elif changes:
            await self._rows.bulk_write(changes, ordered=False, session=session)

    async def due(self, now: datetime, *, limit: int) -> list[Watched]:
        """Return what is to be looked at by now, the longest due first; and what a clock that was ahead put off."""
        rows = (
            self._rows.find({"$or": [{"look_at": {"$lte": now}}, {"since": {"$gt": now}}]})
            .sort("look_at", ASCENDING)
            .limit(limit)
        )
        return [_watched(row) async for row in rows]

    async def of(self, publications: Sequence[str]) -> Mapping[str, Reach]:
        """Count, for each of these. A line that goes into its digest meanwhile counts twice rather than not at all."""
        digests = await self._counts(self._lines, publications, {"due_at": {"$exists": True}}, "$person_id")
        again = {"$gt": ["$not_before", None]}
        mails = await self._counts(self._deliveries, publications, {}, {"state": "$state", "again": again})
        notices = await self._counts(self._notices, publications, {}, None)
        return {
            one: reach(
                [Mails(state=State(by["state"]), again=by["again"], count=count) for by, count in mails[one]],
                in_digests=len(digests[one]),  # a person gets one digest, however often it tells of this
                inbox=sum(count for _, count in notices[one]),
            )
            for one in publications
        }

    async def said(self, watched: Iterable[tuple[Watched, Reach]], now: datetime) -> None:
        """Note what was said. Of what nothing waits any more is forgotten, unless people were told of it since."""
        changes: list[DeleteOne | UpdateOne] = []
        for one, now_is in watched:
            row = {"_id": one.publication, "times": one.times}
            if not now_is.waiting:
                changes.append(DeleteOne(row))
            else:
                change = {"told": asdict(now_is), "look_at": now + pause(one.since, now)}
                changes.append(UpdateOne(row, {"$set": change}))
        if changes:
            await self._rows.bulk_write(changes, ordered=False)

    async def _counts(
        self, rows: Any, publications: Sequence[str], more: Document, by: Any
    ) -> Mapping[str, list[tuple[Any, int]]]:
        wanted = {"about": {"$in": list(publications)}}
        found: dict[str, list[tuple[Any, int]]] = defaultdict(list)
        steps = [
            {"$match": wanted | more},
            {"$unwind": "$about"},
            {"$match": wanted},
            {"$group": {"_id": {"about": "$about", "by": by}, "count": {"$sum": 1}}},
        ]
        async for row in await rows.aggregate(steps):
            found[row["_id"]["about"]].append((row["_id"]["by"], row["count"]))
        return found


def _watched(row: Document) -> Watched:
    told = row.get("told")
    return Watched(publication=row["_id"], times=row["times"], since=row["since"], told=Reach(**told) if told else None)
