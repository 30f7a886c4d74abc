"""A small house for the bus's own tests: one store, one server, events of one made-up contribution."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext

from shared.bus.bus import Bus
from shared.bus.consumer import Subscription
from shared.bus.together import Handler
from shared.bus.topology import provision
from shared.events.base import EventData
from shared.events.envelope import Received
from shared.events.submissions import SubmissionDiscarded, SubmissionDrafted
from shared.settings import Settings
from shared.store.client import Store
from shared.store.inbox import INBOX
from shared.store.outbox import Transaction
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics

DURABLE = "review-submissions"


def drafted(identifier: str) -> SubmissionDrafted:
    return SubmissionDrafted(contribution_id=identifier, kind="practice", author_ids=("ana",))


def discarded(identifier: str) -> SubmissionDiscarded:
    return SubmissionDiscarded(contribution_id=identifier, author_ids=("ana",))


@dataclass(slots=True)
class House:
    """``effects`` is what handlers wrote, as the database has it; ``fail`` makes them raise after that, by version.

    With ``gather_seconds`` its consumer handles events together.
    """

    store: Store
    connection: Client
    js: JetStreamContext
    settings: Settings
    gather_seconds: float = 0.0
    urgent: tuple[type[EventData], ...] = ()
    fail: dict[int, list[Exception]] = field(default_factory=dict)

    async def say(self, data: EventData, *, aggregate: str, version: int) -> str:
        async def act(tx: Transaction) -> str:
            return tx.say(data, aggregate=aggregate, version=version)

        return await self.store.transact(act)

    def fails(self, version: int, *failures: Exception) -> None:
        """Let the handler fail at events of this version, the last of ``failures`` first.

        Handled together, an event is tried once more: by itself.
        """
        self.fail[version] = [*failures, *failures[-1:]] if self.gather_seconds else list(failures)

    async def effects(self) -> list[dict[str, Any]]:
        return await self.store.db["effects"].find({}, {"_id": 0}).sort("_id", 1).to_list(None)

    async def note(self, event: Received[Any], tx: Transaction) -> None:
        """The handler: one row per effect, so a second effect of one event shows."""
        row = {"event": event.id, "aggregate": event.aggregate, "version": event.version}
        await tx.db["effects"].insert_one(row, session=tx.session)
        if failures := self.fail.get(event.version):
            raise failures.pop()

    @asynccontextmanager
    async def running(self, handler: Handler | None = None) -> AsyncIterator[Bus]:
        bus = await self.bus(handler)
        async with bus.running():
            yield bus
        await bus.close()

    async def bus(self, handler: Handler | None = None) -> Bus:
        act = handler or self.note
        subscription = Subscription(
            durable=DURABLE, handlers={SubmissionDrafted: act, SubmissionDiscarded: act}, urgent=self.urgent
        )
        return await Bus.connect(
            service="review",
            settings=self.settings,
            store=self.store,
            subscriptions=(subscription,),
            metrics=Metrics("test"),
            log=configure("review", level="CRITICAL"),
            gather_seconds=self.gather_seconds,
        )


@asynccontextmanager
async def open_house(mongodb_url: str, database: str, nats_url: str, *, new: bool = True) -> AsyncIterator[House]:
    """Open a house; a ``new`` one has its streams made first."""
    store = await Store.connect(mongodb_url, database, service="review")
    connection = await nats.connect(nats_url)
    js = connection.jetstream()
    if new:
        for name in ("effects", INBOX):  # or the first transactions meet while they make them
            await store.db.create_collection(name)
        await provision(js)
    settings = Settings.model_validate({"nats_url": nats_url, "mongodb_url": mongodb_url})
    try:
        yield House(store=store, connection=connection, js=js, settings=settings)
    finally:
        await connection.close()
        await store.close()
