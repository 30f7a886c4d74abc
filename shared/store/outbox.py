"""The outbox: events written in the transaction of the state they tell of, published later by the relay.

A row: ``_id`` the event's id, ``aggregate`` and ``version`` (unique together), ``targets`` the streams and subjects
it goes to, ``body`` its bytes, ``said_by`` the store of the process that wrote it, ``pending`` until the relay has the
acknowledgement of every target. Published rows stay for ``RETENTION`` so that the streams can be rebuilt from them; of
each practice the latest catalogue row stays for ever.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol, TypeVar, cast

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from shared.clock import Clock
from shared.events.base import EventData
from shared.events.envelope import Envelope, schema_address
from shared.events.registry import is_public
from shared.ids import new_id
from shared.telemetry.trace import current_traceparent

OUTBOX = "outbox"
RETENTION = timedelta(days=90)

EVENTS_STREAM = "EVENTS"
CATALOGUE_STREAM = "CATALOGUE"


class Writes(Protocol):
    """What was gathered in the course of a transaction and is written at its end."""

    async def write(self) -> None: ...


WritesT = TypeVar("WritesT", bound=Writes)


class Transaction:
    """One attempt at a unit of work: pass ``session`` to every call, and say what happened.

    ``cause`` is the event that what is done now comes from, if one did; events handled together take turns. ``said``
    are the rows of what was said so far.
    """

    def __init__(
        self,
        *,
        db: AsyncDatabase[dict[str, Any]],
        session: AsyncClientSession,
        source: str,
        store_id: str,
        clock: Clock,
        cause: Envelope | None,
    ) -> None:
        self.db = db
        self.session = session
        self.now = clock()
        self.cause = cause
        self.said: list[dict[str, Any]] = []
        self._source = source
        self._store_id = store_id
        self._gathered: dict[Callable[[Transaction], Writes], Writes] = {}
        self._inserted: dict[str, list[dict[str, Any]]] = {}
        self._hints: list[Callable[[], None]] = []

    def say(self, data: EventData, *, aggregate: str, version: int) -> str:
        """Add an event to the outbox and return its id.

        ``aggregate`` is ``<what>:<id>``; ``version`` counts the aggregate's events from 1 without a gap, and the
        aggregate's own document is where the count is kept. A version said twice fails the transaction.
        """
        event_id = new_id()
        cause = self.cause
        envelope = Envelope(
            id=event_id,
            source=self._source,
            type=data.type,
            subject=aggregate.partition(":")[2],
            time=self.now,
            dataschema=schema_address(type(data)),
            partitionkey=aggregate,
            aggregateversion=version,
            correlationid=cause.correlationid if cause else event_id,
            causationid=cause.id if cause else None,
            traceparent=current_traceparent(),
            data=data.model_dump(mode="json"),
        )
        self.said.append(
            {
                "_id": event_id,
                "aggregate": aggregate,
                "version": version,
                "targets": _targets(data, aggregate),
                "body": envelope.to_bytes(),
                "said_at": self.now,
                "said_by": self._store_id,
                "pending": True,
            }
        )
        return event_id

    def insert(self, collection: str, document: dict[str, Any]) -> None:
        """Insert a document before the commit, together with others of the same collection.

        Nothing finds it in this transaction, and a key that is taken fails the transaction only then.
        """
        self._inserted.setdefault(collection, []).append(document)

    def gathered(self, make: Callable[["Transaction"], WritesT]) -> WritesT:
        """Return what ``make`` makes for this transaction, the same at every call: a place to gather what is cheaper
        written at once. Its ``write`` is called before the commit.
        """
        if make not in self._gathered:
            self._gathered[make] = make(self)
        return cast("WritesT", self._gathered[make])

    def once_committed(self, hint: Callable[[], None]) -> None:
        """Call ``hint`` as soon as the commit is acknowledged. A crash loses it, so it may only spare a wait."""
        self._hints.append(hint)

    async def finish(self) -> None:
        """Write what was gathered and said; called once by the unit of work, after everything else."""
        for writes in self._gathered.values():
            await writes.write()
        if self.said:
            self._inserted[OUTBOX] = self.said
        for collection, documents in self._inserted.items():
            if len(documents) == 1:
                await self.db[collection].insert_one(documents[0], session=self.session)
            else:
                await self.db[collection].insert_many(documents, session=self.session)

    def committed(self) -> None:
        """Give the hints; called once by the unit of work, after the commit."""
        for hint in self._hints:
            hint()


def _targets(data: EventData, aggregate: str) -> list[dict[str, str]]:
    targets = [{"stream": EVENTS_STREAM, "subject": data.subject}]
    if is_public(type(data)):
        identifier = aggregate.partition(":")[2]
        targets.append({"stream": CATALOGUE_STREAM, "subject": f"catalogue.{identifier}"})
    return targets


async def outbox_indexes(db: AsyncDatabase[dict[str, Any]]) -> None:
    """Make the outbox's indexes; safe to repeat."""
    await db[OUTBOX].create_indexes(
        [
            IndexModel([("aggregate", ASCENDING), ("version", ASCENDING)], unique=True, name="aggregate_version"),
            IndexModel([("pending", ASCENDING), ("_id", ASCENDING)], sparse=True, name="pending"),
            IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0, name="expiry"),
        ]
    )
