"""What is done behind the replicas, by one of them at a time: it follows what a replica has made to be found."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from nats.errors import Error as NatsError
from pymongo.errors import PyMongoError
from structlog.typing import FilteringBoundLogger

from services.search.changes import Change
from services.search.schema import Position
from shared.store.client import Store
from shared.store.lease import Lease, work_under_lease

GATHER_SECONDS: Final = 0.5  # nobody is kept waiting for news by half a second
_LOOK_SECONDS: Final = 30.0  # how often to look without being woken
_AGAIN_SECONDS: Final = 2.0
_AWAY: Final = (NatsError, TimeoutError, ConnectionError)


class Follower(Protocol):
    def begin(self) -> None:
        """Forget what may be out of date: until now another replica did this."""

    def heard(self, before: Position, after: Position, changes: Sequence[Change]) -> None:
        """Take note of what the replica has just made to be found."""

    async def catch_up(self) -> float | None:
        """Do all that there is to do. Returns in how many seconds to be called again, woken or not, if that matters."""


class Behind:
    """Call ``heard`` with each step of the replica, and keep ``run`` running."""

    def __init__(self, store: Store, followers: Sequence[Follower], *, log: FilteringBoundLogger) -> None:
        self._store = store
        self._followers = followers
        self._log = log
        self._awake = asyncio.Event()

    def heard(self, before: Position, after: Position, changes: Sequence[Change]) -> None:
        """Take note of what the replica has just made to be found."""
        for follower in self._followers:
            follower.heard(before, after, changes)
        self._awake.set()

    async def run(self) -> None:
        """Follow until cancelled, whenever this replica holds the lease."""
        await work_under_lease(Lease(self._store, "alerts"), self._work, self._log)

    async def _work(self) -> None:
        for follower in self._followers:
            follower.begin()
        while True:
            self._awake.clear()
            pause = min([await self._let_catch_up(follower) for follower in self._followers])
            try:
                async with asyncio.timeout(pause):
                    await self._awake.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(GATHER_SECONDS)

    async def _let_catch_up(self, follower: Follower) -> float:
        """Return for how long there is nothing to do, if nothing is heard."""
        try:
            pause = await follower.catch_up()
        except (PyMongoError, *_AWAY) as error:
            self._log.warning("what follows the index waits", follower=type(follower).__name__, error=repr(error))
            return _AGAIN_SECONDS
        return _LOOK_SECONDS if pause is None else pause
