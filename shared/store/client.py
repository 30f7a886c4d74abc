"""One service's database: the client, and the unit of work that commits state and events together."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self, TypeVar

from pymongo import AsyncMongoClient, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError
from pymongo.read_concern import ReadConcern

from shared.clock import Clock, utc_now
from shared.events.envelope import Envelope
from shared.ids import new_id
from shared.store.cancelling import make_cancelling_safe
from shared.store.database import Database
from shared.store.outbox import Transaction, outbox_indexes
from shared.store.primary import client_class
from shared.store.reading import read_in_place

Document = dict[str, Any]
ResultT = TypeVar("ResultT")

SERVER_SELECTION_MILLISECONDS = 5_000
HEARTBEAT_MILLISECONDS = 2_000  # how long a server that failed once is left alone
SILENCE_MILLISECONDS = 10_000  # a server that does not answer a heartbeat so long is gone, and what waits for it ends


class Store:
    """A service's own database. Bound to the event loop it was connected on; writes are majority and journaled.

    ``once_said`` is called with the outbox rows of each transaction as soon as it is committed: a relay beside us need
    not wait for the database to tell it. ``id`` tells this one from other processes' stores.
    """

    def __init__(self, client: AsyncMongoClient[Document], database: str, *, source: str, clock: Clock) -> None:
        self.id = new_id()
        self.once_said: Callable[[Sequence[Document]], None] | None = None
        self.client = client
        self.source = source
        self.clock = clock
        self.db: AsyncDatabase[Document] = Database(client, database, write_concern=WriteConcern("majority"))

    @classmethod
    def at(cls, url: str, database: str, *, service: str, clock: Clock = utc_now) -> Self:
        """Return the store at an address that may not answer yet; call ``prepare`` before the first transaction."""
        make_cancelling_safe()
        read_in_place()
        client = client_class()(
            url,
            appname=service,
            tz_aware=True,
            serverSelectionTimeoutMS=SERVER_SELECTION_MILLISECONDS,
            heartbeatFrequencyMS=HEARTBEAT_MILLISECONDS,
            connectTimeoutMS=SILENCE_MILLISECONDS,
            maxPoolSize=64,
        )
        return cls(client, database, source=f"/{service}", clock=clock)

    @classmethod
    async def connect(cls, url: str, database: str, *, service: str, clock: Clock = utc_now) -> Self:
        """Connect, or raise pymongo's ServerSelectionTimeoutError within five seconds.

        Raises ConfigurationError when the server is not a member of a replica set.
        """
        store = cls.at(url, database, service=service, clock=clock)
        try:
            await store.prepare()
        except BaseException:
            await store.close()
            raise
        return store

    async def prepare(self) -> None:
        """See that it is a replica set, and make the outbox's indexes; safe to repeat. Raises as ``connect``."""
        hello = await self.client.admin.command("hello")
        if "setName" not in hello and hello.get("msg") != "isdbgrid":
            raise ConfigurationError(
                "MONGODB_URL names a MongoDB without a replica set, which transactions need: start it with"
                " --replSet and call rs.initiate(); one node will do"
            )
        await outbox_indexes(self.db)

    async def transact(
        self, act: Callable[[Transaction], Awaitable[ResultT]], *, cause: Envelope | None = None
    ) -> ResultT:
        """Run ``act`` in one transaction; what it says is in the outbox if, and only if, its writes are committed.

        ``act`` may run several times (write conflicts, an unknown commit): it only writes to the database, with
        ``session=tx.session``, and keeps nothing outside. ``cause`` is the event that made it happen, if one did.
        """

        async def attempt(session: AsyncClientSession) -> tuple[ResultT, Transaction]:
            tx = Transaction(
                db=self.db, session=session, source=self.source, store_id=self.id, clock=self.clock, cause=cause
            )
            result = await act(tx)
            await tx.finish()
            return result, tx

        async with self.client.start_session() as session:
            result, tx = await session.with_transaction(
                attempt, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
            )
        tx.committed()
        if tx.said and self.once_said:
            self.once_said(tx.said)
        return result

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        await self.client.admin.command("ping")

    async def close(self) -> None:
        await self.client.close()
