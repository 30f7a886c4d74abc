"""Group commit: units of work that come while one is being committed share the next transaction.

A transaction costs its round trips and a write to the journal, whatever it holds. A unit of work that comes alone goes
at once, as ever; those that come meanwhile go together as soon as it is committed. Nobody waits for a clock.

The promise is that of a unit of work by itself: it is answered when its writes are committed, and all of them are or
none. When one of them raises, or the database refuses a write, nothing of the transaction is there, and each goes its
own way as if it had come alone. So it is for units of work that nearly always succeed and hinder no other, as new
documents do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pymongo.errors import OperationFailure, PyMongoError

from shared.store.client import Store
from shared.store.outbox import Transaction
from shared.telemetry.trace import Trace, current_trace, new_trace, resumed

MOST = 32  # in one transaction, so that it stays small

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """``done`` gets what ``act`` returned, or None when it has to go its own way."""

    act: Callable[[Transaction], Awaitable[Any]]
    trace: Trace
    done: "asyncio.Future[tuple[Any] | None]"


class GroupCommit:
    """Runs the units of work of one kind of request."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._busy = False
        self._waiting: list[_Unit] = []
        self._group: asyncio.Task[None] | None = None

    async def transact(self, act: Callable[[Transaction], Awaitable[ResultT]]) -> ResultT:
        """Do what ``Store.transact`` does, in a transaction with others where there are any."""
        if not self._busy:
            self._busy = True
            try:
                return await self._store.transact(act)
            finally:
                self._next()
        done: asyncio.Future[tuple[ResultT] | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Unit(act=act, trace=current_trace() or new_trace(), done=done))
        outcome = await done
        return outcome[0] if outcome else await self._store.transact(act)

    def _next(self) -> None:
        """Let those go that came meanwhile and still want to."""
        waiting = [unit for unit in self._waiting if not unit.done.done()]
        group, self._waiting = waiting[:MOST], waiting[MOST:]
        self._busy = bool(group)
        self._group = asyncio.create_task(self._go(group)) if group else None

    async def _go(self, group: list[_Unit]) -> None:
        try:
            outcomes = await self._committed(group)
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is awaited
            for unit in group:
                if not unit.done.done():
                    unit.done.set_exception(error)
        else:
            for unit, outcome in zip(group, outcomes, strict=True):
                if not unit.done.done():
                    unit.done.set_result(outcome)
        finally:
            for unit in group:
                unit.done.cancel()  # no effect, unless we were cancelled
            self._next()

    async def _committed(self, group: list[_Unit]) -> list[tuple[Any] | None]:
        """Return what each unit of work returned. Raises where nobody knows whether it is committed."""

        async def act(tx: Transaction) -> list[tuple[Any] | None]:
            results: list[tuple[Any] | None] = []
            for unit in group:
                with resumed(unit.trace):
                    results.append((await unit.act(tx),))
            return results

        try:
            return await self._store.transact(act)
        except PyMongoError as error:
            if isinstance(error, OperationFailure) and not error.has_error_label("UnknownTransactionCommitResult"):
                return [None] * len(group)
            raise
        except Exception:  # noqa: BLE001 - whatever one of them raises, it raises again by itself
            return [None] * len(group)
