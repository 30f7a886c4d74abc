"""The index that serves, kept right: it follows the catalogue, and another is built beside it when it must be.

A rebuild never stops the serving one; what replaces it has everything that it had.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from nats.errors import Error as NatsError
from structlog.typing import FilteringBoundLogger

from services.search.follow import Follower, Heard, StreamReplaced
from services.search.index import IndexBroken, SearchIndex, Snapshot
from services.search.lag import Progress
from services.search.shelf import Shelf
from shared.bus.reading import ReadingLost, StoredStream
from shared.clock import Clock
from shared.tasks import stopped
from shared.telemetry.spans import Spans

_WAIT_SECONDS: Final = 2.0
_LONGEST_PAUSE_SECONDS: Final = 30.0
# A stream that was lost is filled again, by who said it, within seconds of its making; an index of less than there was
# replaces nothing while more comes, nor until nothing has come for so long.
_FILLED_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.5
_AWAY: Final = (NatsError, TimeoutError, ConnectionError)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """A rebuild that runs: since when, why, how far it is, and what last stopped it (it goes on by itself)."""

    since: datetime
    reason: str
    sequence: int
    trouble: str | None


class Replica:
    """The serving index of this process. Call ``open`` once, then keep ``run`` running."""

    def __init__(
        self,
        shelf: Shelf,
        catalogue: StoredStream,
        *,
        progress: Progress,
        writing: Executor,
        clock: Clock,
        log: FilteringBoundLogger,
        spans: Spans | None = None,
    ) -> None:
        self._spans = spans
        self._shelf = shelf
        self._catalogue = catalogue
        self._progress = progress
        self._writing = writing
        self._clock = clock
        self._log = log
        self.heard: Heard | None = None  # told of each commit of the serving index
        self._index: SearchIndex | None = None
        self._building: asyncio.Task[SearchIndex] | None = None
        self._next: SearchIndex | None = None
        self._since = clock()
        self._reason = ""
        self._trouble: str | None = None
        self.rebuilt_at: datetime | None = None

    @property
    def index(self) -> SearchIndex:
        """The serving index."""
        if self._index is None:
            raise IndexBroken("the replica is not open")
        return self._index

    @property
    def snapshot(self) -> Snapshot:
        """What is found now."""
        return self.index.snapshot

    @property
    def rebuild(self) -> Rebuild | None:
        """The rebuild that runs, if one does."""
        if self._building is None:
            return None
        sequence = self._next.snapshot.position.sequence if self._next else 0
        return Rebuild(since=self._since, reason=self._reason, sequence=sequence, trouble=self._trouble)

    async def open(self) -> None:
        """Take up the index of the last run; where it cannot serve, begin an empty one, which fills while it serves.

        While the disk takes no new index either, nothing is found, and it is tried again and again.
        """
        try:
            self._index = await self._in_thread(self._shelf.current)
        except IndexBroken as error:
            self._log.warning("index begins anew", reason=str(error))
            self._index = await self._in_thread(self._begun)
        await self._clear()
        self._log.info("index opened", sequence=self.snapshot.position.sequence, practices=self.snapshot.practices)

    def _begun(self) -> SearchIndex:
        try:
            index = self._shelf.new()
            self._shelf.choose(index)
        except IndexBroken as error:
            self._log.error("no index can be made", reason=str(error))
            return self._shelf.nothing()
        return index

    async def run(self) -> None:
        """Follow, heal and swap until cancelled."""
        while True:
            try:
                if self._building and self._building.done():
                    await self._swap(self._building.result())
                follower = self._follower(self.index, self._progress, heard=self.heard)
                await follower.follow(until=self._swap_is_due, wait=_WAIT_SECONDS)
            except (IndexBroken, StreamReplaced) as error:
                self.ask_for_rebuild(str(error))
                await self._built()
            except ReadingLost as error:
                self._log.warning("catalogue is read anew", reason=str(error))
            except _AWAY as error:
                self._log.warning("catalogue does not answer", error=repr(error))
                await asyncio.sleep(1)

    def ask_for_rebuild(self, reason: str) -> None:
        """Begin to build another index beside the serving one, unless one is being built already."""
        if self._building is not None:
            return
        self._log.warning("rebuild begins", reason=reason)
        self._since, self._reason, self._trouble = self._clock(), reason, None
        self._building = asyncio.create_task(self._build())

    def look_for_wish(self) -> None:
        """Begin a rebuild if a command on this machine asked for one."""
        if self._shelf.take_wish():
            self.ask_for_rebuild("asked for by a command")

    async def close(self) -> None:
        """Stop building and let the indexes go. ``run`` must have been cancelled."""
        if self._building is not None:
            await stopped(self._building)
        for index in (self._index, self._next):
            if index is not None:
                await self._in_thread(index.close)
        self._shelf.close()

    def _swap_is_due(self) -> bool:
        return self._building is not None and self._building.done()

    async def _built(self) -> None:
        if self._building is not None:
            await asyncio.wait((self._building,))

    async def _build(self) -> SearchIndex:
        """Build until it is done: what stands in the way is told and tried again."""
        pause = 0.5
        while True:
            try:
                if self._next is None:
                    self._next = await self._in_thread(self._shelf.new)
                await self._follower(self._next, Progress(self._clock)).catch_up()
                await self._filled(self._next)
            except (IndexBroken, StreamReplaced) as error:
                self._trouble = str(error)
                await self._discard()
            except (ReadingLost, *_AWAY) as error:
                self._trouble = repr(error)
            except Exception as error:  # noqa: BLE001 - who asks for the result of this would get the same for ever
                if self._trouble != repr(error):
                    self._log.error("rebuild fails", exc_info=error)
                self._trouble = repr(error)
                await self._discard()
            else:
                return self._next
            self._log.error("rebuild is held up", trouble=self._trouble, pause=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _filled(self, index: SearchIndex) -> None:
        """Return when an index of another stream has as many practices as the serving one, or gets no more."""
        loop = asyncio.get_running_loop()
        had = -1
        while self._is_of_less(index.snapshot):
            if index.snapshot.practices > had:
                had, until = index.snapshot.practices, loop.time() + _FILLED_SECONDS
            if loop.time() > until:
                self._log.warning("the catalogue has less than it had", practices=had, before=self.snapshot.practices)
                return
            await asyncio.sleep(_LOOK_SECONDS)
            await self._follower(index, Progress(self._clock)).catch_up()

    def _is_of_less(self, snapshot: Snapshot) -> bool:
        serving = self.snapshot
        return serving.position.stream != snapshot.position.stream and snapshot.practices < serving.practices

    async def _discard(self) -> None:
        """Throw away what was being built."""
        failed, self._next = self._next, None
        if failed is not None:
            await self._in_thread(failed.close)
        await self._clear()

    async def _swap(self, index: SearchIndex) -> None:
        """Serve the new index, once it has everything that the old one has."""
        old = self.index
        try:
            position = old.snapshot.position
            if position.stream == index.snapshot.position.stream:
                await self._follower(index, Progress(self._clock)).catch_up(position.sequence)
            self._shelf.choose(index)
        except (IndexBroken, StreamReplaced):
            self._building = None
            await self._discard()
            raise
        self._index, self._next, self._building = index, None, None
        self.rebuilt_at = self._clock()
        if self.heard:  # it may have what the old one never had: whoever follows goes on from where they are
            self.heard(index.snapshot.position, index.snapshot.position, ())
        self._log.info("index swapped", sequence=index.snapshot.position.sequence, practices=index.snapshot.practices)
        await self._in_thread(old.close)
        await self._clear()

    async def _clear(self) -> None:
        await self._in_thread(partial(self._shelf.clear, *(one for one in (self._index, self._next) if one)))

    def _follower(self, index: SearchIndex, progress: Progress, *, heard: Heard | None = None) -> Follower:
        return Follower(
            index,
            self._catalogue,
            progress=progress,
            writing=self._writing,
            log=self._log,
            heard=heard,
            spans=self._spans,
        )

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writing, work)
