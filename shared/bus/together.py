"""Events handled together: what comes within a moment shares one transaction, which costs far less than one each.

For consumers whose effects nobody waits for to the millisecond; an event that somebody waits for is urgent, and takes
along what is gathered. The promise is the same as for an event by itself, because the transaction is the same: all
positions of the inbox and all effects, or nothing. When anything is in the way (an event that is not the next of its
aggregate, a handler that raises, a database that is away) nothing of it is there, and each event goes its own way as
if it had come alone. Where none of them has an effect there are positions only, and each may be noted by itself: that
needs no transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pymongo.errors import PyMongoError
from structlog.typing import FilteringBoundLogger

from shared.events.envelope import Received
from shared.store.client import Store
from shared.store.inbox import NotNext, Run, pass_all_by, take_turns
from shared.store.outbox import Transaction
from shared.telemetry.trace import Trace, resumed

MOST = 16  # of one durable, as many as its consumer has under way: a backlog does not wait for the moment to pass

Handler = Callable[[Received[Any], Transaction], Awaitable[None]]
Beforehand = Callable[[Received[Any], Transaction], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An event for one durable, and the step of its trace that handling it is. Without a handler it has no effect but
    its place in the inbox.
    """

    durable: str
    event: Received[Any]
    trace: Trace
    handler: Handler | None
    beforehand: Beforehand | None = None
    urgent: bool = False


class Together:
    """Gathers the events of a service, of all its durables, for ``seconds`` from the first."""

    def __init__(self, store: Store, *, seconds: float, log: FilteringBoundLogger) -> None:
        self._store = store
        self._seconds = seconds
        self._log = log
        self._waiting: list[tuple[Heard, asyncio.Future[bool]]] = []
        self._full = asyncio.Event()
        self._working: asyncio.Task[None] | None = None

    async def handle(self, heard: Heard) -> bool:
        """Handle it with others; False when nothing was done and it has to go its own way."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((heard, done))
        if heard.urgent or sum(one.durable == heard.durable for one, _ in self._waiting) >= MOST:
            self._full.set()
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await done

    async def _work(self) -> None:
        """Take what is gathered, one transaction after the other, until nothing waits."""
        try:
            while self._waiting:
                await self._gather()
                taken, self._waiting = self._waiting, []
                self._full.clear()
                taken = [(heard, done) for heard, done in taken if not done.done()]  # whose consumer has not stopped
                outcome = not taken or await self._handled([heard for heard, _ in taken])
                for _, done in taken:
                    if not done.done():
                        done.set_result(outcome)
        finally:
            self._working = None

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._full.wait()
        except TimeoutError:
            pass

    async def _handled(self, heard: list[Heard]) -> bool:
        in_order = sorted(heard, key=lambda one: (one.event.time, one.event.version))

        async def act(tx: Transaction) -> None:
            await take_turns(tx, runs_of(in_order))
            for one in in_order:
                if one.beforehand:
                    one.beforehand(one.event, tx)
            for one in in_order:
                if one.handler:
                    tx.cause = one.event.envelope
                    with resumed(one.trace):
                        await one.handler(one.event, tx)

        try:
            if any(one.handler for one in in_order):
                await self._store.transact(act)
            else:
                await pass_all_by(self._store.db, runs_of(in_order))
        except (NotNext, PyMongoError) as error:
            self._log.info("events go their own ways", count=len(heard), reason=str(error) or type(error).__name__)
        except Exception:  # noqa: BLE001 - whatever a handler raises is looked at when its event is by itself
            self._log.info("events go their own ways", count=len(heard), exc_info=True)
        else:
            return True
        return False


def runs_of(heard: list[Heard]) -> list[Run]:
    """Fold events, in the order in which they are to take effect, to a run of each durable and aggregate.

    Raises NotNext when the events of one are not in order and without a gap.
    """
    runs: dict[tuple[str, str], Run] = {}
    for one in heard:
        key = (one.durable, one.event.aggregate)
        before = runs.get(key)
        version = one.event.version
        if before and version != before.last + 1:
            raise NotNext(f"{one.event.aggregate} goes from version {before.last} to {version}")
        first = before.first if before else version
        runs[key] = Run(durable=one.durable, aggregate=one.event.aggregate, first=first, last=version)
    return list(runs.values())
