"""Endpoints, one row each by id. Secrets lie in them encrypted."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.syndication.domain.filters import Filter
from services.syndication.webhooks.domain.endpoint import Endpoint, Reason, SealedSecret, State
from shared.store.outbox import Transaction

Session = AsyncClientSession | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How many endpoints are in each state, and how many of the active ones fail."""

    states: Mapping[State, int]
    failing: int


class Endpoints:
    """What is written here by people carries the next ``version``; health (``failing_since``, ``quiet_until``) none."""

    def __init__(self, db: AsyncDatabase[dict[str, Any]]) -> None:
        self._rows = db["webhook_endpoints"]

    async def make_indexes(self) -> None:
        """Safe to repeat."""
        await self._rows.create_indexes(
            [IndexModel([("organisation", ASCENDING), ("_id", ASCENDING)], name="organisation")]
        )

    async def add(self, tx: Transaction, endpoint: Endpoint) -> None:
        await self._rows.insert_one(_document(endpoint), session=tx.session)

    async def replace(self, tx: Transaction, endpoint: Endpoint) -> None:
        """Write the next version, in the transaction that read the one before."""
        await self._rows.replace_one({"_id": endpoint.id}, _document(endpoint), session=tx.session)

    async def remove(self, tx: Transaction, endpoint_id: str) -> None:
        await self._rows.delete_one({"_id": endpoint_id}, session=tx.session)

    async def get(self, endpoint_id: str, session: Session = None) -> Endpoint | None:
        row = await self._rows.find_one({"_id": endpoint_id}, session=session)
        return _endpoint(row) if row else None

    async def some(self, endpoint_ids: Collection[str]) -> dict[str, Endpoint]:
        """Return those of these that there are, by id."""
        rows = await self._rows.find({"_id": {"$in": list(endpoint_ids)}}).to_list(None)
        return {row["_id"]: _endpoint(row) for row in rows}

    async def filters(self, session: Session) -> Mapping[str, Filter]:
        """Return what every endpoint wants, by its id."""
        rows = await self._rows.find({}, {"filter": 1}, session=session).to_list(None)
        return {row["_id"]: _filter(row["filter"]) for row in rows}

    async def page(self, *, organisation: str | None, after: str | None, limit: int) -> Sequence[Endpoint]:
        """Return endpoints in the order in which they were made, of one organisation or of all."""
        query: dict[str, Any] = {} if organisation is None else {"organisation": organisation}
        if after:
            query["_id"] = {"$gt": after}
        rows = await self._rows.find(query).sort("_id", ASCENDING).limit(limit).to_list(None)
        return [_endpoint(row) for row in rows]

    async def count(self, organisation: str, session: Session) -> int:
        return await self._rows.count_documents({"organisation": organisation}, session=session)

    async def active(self, now: datetime) -> Sequence[tuple[str, bool]]:
        """Return the id of every endpoint that may be sent to now, and whether in order."""
        quiet = {"$or": [{"quiet_until": None}, {"quiet_until": {"$lte": now}}]}
        rows = await self._rows.find({"state": State.ACTIVE.value, **quiet}, {"ordered": 1}).to_list(None)
        return [(row["_id"], row["ordered"]) for row in rows]

    async def health(self) -> Health:
        """Return how all endpoints are."""
        steps: list[dict[str, Any]] = [
            {"$group": {"_id": {"state": "$state", "fails": {"$gt": ["$failing_since", None]}}, "count": {"$sum": 1}}}
        ]
        states: Counter[State] = Counter()
        failing = 0
        async for row in await self._rows.aggregate(steps):
            state = State(row["_id"]["state"])
            states[state] += row["count"]
            failing += row["count"] if row["_id"]["fails"] and state is State.ACTIVE else 0
        return Health(states=states, failing=failing)

    async def failed(self, endpoint_id: str, at: datetime, *, quiet_until: datetime | None) -> None:
        """Keep since when it fails, and until when it wants no more."""
        change: dict[str, Any] = {"$min": {"failing_since": at}}
        if quiet_until:
            change["$max"] = {"quiet_until": quiet_until}
        await self._rows.update_one({"_id": endpoint_id}, change)

    async def recovered(self, endpoint_ids: Collection[str]) -> None:
        """Forget that these failed: something arrived."""
        query = {"_id": {"$in": list(endpoint_ids)}}
        await self._rows.update_many(query, {"$unset": {"failing_since": "", "quiet_until": ""}})


def _document(endpoint: Endpoint) -> dict[str, Any]:
    row: dict[str, Any] = {
        "_id": endpoint.id,
        "organisation": endpoint.organisation,
        "owner_id": endpoint.owner_id,
        "name": endpoint.name,
        "url": endpoint.url,
        "filter": dict(endpoint.filter.as_json()),
        "ordered": endpoint.ordered,
        "state": endpoint.state.value,
        "reason": endpoint.reason and endpoint.reason.value,
        "secrets": [{"sealed": one.sealed, "made_at": one.made_at, "ends_at": one.ends_at} for one in endpoint.secrets],
        "created_at": endpoint.created_at,
        "changed_at": endpoint.changed_at,
        "version": endpoint.version,
        "said": endpoint.said,
    }
    # Absent rather than null: $min and $max take null for the smallest value there is.
    health = {"failing_since": endpoint.failing_since, "quiet_until": endpoint.quiet_until}
    return row | {name: value for name, value in health.items() if value}


def _endpoint(row: Mapping[str, Any]) -> Endpoint:
    return Endpoint(
        id=row["_id"],
        organisation=row["organisation"],
        owner_id=row["owner_id"],
        name=row["name"],
        url=row["url"],
        filter=_filter(row["filter"]),
        ordered=row["ordered"],
        state=State(row["state"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        secrets=tuple(
            SealedSecret(sealed=bytes(one["sealed"]), made_at=one["made_at"], ends_at=one["ends_at"])
            for one in row["secrets"]
        ),
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        version=row["version"],
        said=row["said"],
        failing_since=row.get("failing_since"),
        quiet_until=row.get("quiet_until"),
    )


def _filter(row: Mapping[str, list[str]]) -> Filter:
    return Filter(**{name: frozenset(codes) for name, codes in row.items()})
