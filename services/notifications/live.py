"""The count of unread entries, told to whoever follows it as soon as it changes.

One change stream of the inbox entries serves everybody of this process, whichever process writes them, and is open
only while somebody listens. It wakes listeners; each then counts for itself, so that a change that was missed while
the stream was away costs nothing: when it is back everybody counts again.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

from pymongo.errors import PyMongoError

from services.notifications.store.notices import Notices, whose
from shared.errors import Unavailable
from shared.http.event_stream import comment, event
from shared.tasks import stopped
from shared.telemetry.logs import Log

HEARTBEAT_SECONDS = 15.0
RETRY_SECONDS = 3.0
_REOPEN_SECONDS = 1.0


class _Listener:
    """One page that follows the count."""

    def __init__(self) -> None:
        self.over = False
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    def end(self) -> None:
        self.over = True
        self._woken.set()

    async def is_woken(self, seconds: float) -> bool:
        """Wait to be woken, for so long at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        woken = self._woken.is_set()
        self._woken.clear()
        return woken


class Live:
    """Everybody who follows their count in this process: at most ``room``, and ``room_each`` pages of one person.

    A stream ends after ``seconds``: its reader comes again and is asked anew who they are.
    """

    def __init__(
        self,
        notices: Notices,
        *,
        room: int,
        room_each: int,
        seconds: float,
        log: Log,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._notices = notices
        self._room = room
        self._room_each = room_each
        self._seconds = seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._log = log
        self._listeners: dict[str, set[_Listener]] = {}
        self._somebody = asyncio.Event()
        self._ends = False

    @property
    def listening(self) -> int:
        """How many pages follow a count."""
        return sum(map(len, self._listeners.values()))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch for changes until the block ends; then every stream ends, and no other begins."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            self._ends = True
            for listener in [one for some in self._listeners.values() for one in some]:
                listener.end()
            await stopped(watching)

    async def stream(self, person_id: str) -> AsyncGenerator[bytes, None]:
        """Yield the count, then each other count, and heartbeats between them; Unavailable where there is no room."""
        with self._place(person_id) as listener:
            clock = asyncio.get_running_loop().time
            until = clock() + self._seconds
            told = await self._notices.unread(person_id)
            yield event("unread", {"unread": told}, retry_seconds=RETRY_SECONDS)
            while (left := until - clock()) > 0 and not listener.over:
                if not await listener.is_woken(min(left, self._heartbeat_seconds)):
                    yield comment("still here")
                    continue
                try:
                    unread = await self._notices.unread(person_id)
                except PyMongoError as error:
                    self._log.warning("unread entries cannot be counted", error=str(error))
                    return  # its reader comes again
                if unread != told:
                    told = unread
                    yield event("unread", {"unread": told})

    @contextlib.contextmanager
    def _place(self, person_id: str) -> Iterator[_Listener]:
        own = self._listeners.get(person_id, set())
        if self._ends or self.listening >= self._room or len(own) >= self._room_each:
            raise Unavailable("Too many follow their inbox just now; ask for it from time to time instead.")
        listener = _Listener()
        self._listeners[person_id] = own | {listener}
        self._somebody.set()
        try:
            yield listener
        finally:
            left = self._listeners[person_id] - {listener}
            if left:
                self._listeners[person_id] = left
            else:
                del self._listeners[person_id]

    async def _watch(self) -> None:
        while True:
            self._somebody.clear()
            if not self._listeners:
                await self._somebody.wait()
            try:
                await self._follow()
            except PyMongoError as error:
                self._log.warning("inbox entries are not watched", error=str(error))
                await asyncio.sleep(_REOPEN_SECONDS)

    async def _follow(self) -> None:
        """Follow one stream of changes until nobody listens or it ends; raises what the database does."""
        async with await self._notices.watch() as changes:
            self._wake(None)
            while self._listeners and changes.alive:
                change = await changes.try_next()
                if change is not None:
                    self._wake(whose(change))
        if self._listeners:
            await asyncio.sleep(_REOPEN_SECONDS)  # the collection was dropped; it is looked for again in a moment

    def _wake(self, person_id: str | None) -> None:
        """Let a person's pages count again; everybody's where it is not known whose count changed."""
        some = self._listeners.values() if person_id is None else (self._listeners.get(person_id, ()),)
        for listeners in some:
            for listener in listeners:
                listener.wake()
