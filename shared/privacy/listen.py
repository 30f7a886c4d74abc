"""A service's part in erasing a person: it hears that somebody is to be forgotten, and forgets them.

The event leaves a row in ``erasures``, in the transaction of the inbox. A worker under a lease does what it says, at
once where it runs beside and within seconds elsewhere. It notes when that was done, under the pseudonym: who the
person was is gone then from that row too.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from shared.bus.consumer import Subscription
from shared.events.envelope import Received
from shared.events.persons import PersonErased
from shared.privacy.erase import ERASURES, erase_from
from shared.privacy.person import Person
from shared.store.client import Store
from shared.store.lease import Lease, work_under_lease
from shared.store.outbox import Transaction

EVERY_SECONDS: Final = 5.0

Beforehand = Callable[[Store, Person], Awaitable[None]]


class Erasures:
    """What one service has to forget. ``beforehand`` does what only that service knows how to do, ``afterwards`` lets
    go of what it has in memory.
    """

    def __init__(
        self,
        store: Store,
        *,
        log: FilteringBoundLogger,
        beforehand: Beforehand | None = None,
        afterwards: Callable[[], None] | None = None,
    ) -> None:
        self._store = store
        self._log = log
        self._beforehand = beforehand
        self._afterwards = afterwards
        self._awake = asyncio.Event()

    def subscription(self, service: str) -> Subscription:
        return Subscription(durable=f"{service}-persons", handlers={PersonErased: self.on_erased})

    async def on_erased(self, event: Received[PersonErased], tx: Transaction) -> None:
        """Note that it is to be done; a second time when it was done before."""
        person = event.data.model_dump(mode="json")
        change = {"$set": {"person": person, "asked_at": tx.now}, "$unset": {"done_at": ""}}
        await tx.db[ERASURES].update_one({"_id": event.data.pseudonym}, change, upsert=True, session=tx.session)
        tx.once_committed(self._awake.set)

    async def run(self) -> None:
        """Work for ever, in one process at a time."""
        await work_under_lease(Lease(self._store, ERASURES), self._work, self._log)

    async def _work(self) -> None:
        while True:
            self._awake.clear()
            await self.forget_due()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._awake.wait()

    async def forget_due(self) -> int:
        """Forget whoever is due; returns how many that were."""
        rows = self._store.db[ERASURES]
        due = await rows.find({"person": {"$exists": True}}).sort("asked_at", 1).to_list(None)
        for row in due:
            await self._forget(row)
        return len(due)

    async def _forget(self, row: dict[str, Any]) -> None:
        told = row["person"]
        person = Person(told["person_id"], told["pseudonym"], tuple(told["names"]), tuple(told["emails"]))
        if self._beforehand:
            await self._beforehand(self._store, person)
        counts = await erase_from(self._store.db, person)
        if self._afterwards:
            self._afterwards()
        await self._store.db[ERASURES].update_one(
            {"_id": row["_id"], "asked_at": row["asked_at"]},
            {"$set": {"done_at": self._store.clock(), "documents": sum(counts.values())}, "$unset": {"person": ""}},
        )
        self._log.info("a person was erased", pseudonym=person.pseudonym, documents=sum(counts.values()))
