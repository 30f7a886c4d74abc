"""The end of a stream, followed once for all who listen in this process.

It keeps the last items. Whoever has heard what came before them takes the rest from there and joins those who hear each
item as it comes, in one step, so that nothing is missed or told twice between. Each of them has a bounded buffer; who
falls behind it reads on from the stream at their own pace, and joins again.
"""

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Final

from nats.errors import Error as NatsError

from services.syndication.domain.filters import Filter
from services.syndication.stream.item import Item
from services.syndication.stream.position import Way, mark_of
from services.syndication.stream.read import Read
from shared.bus.reading import Head, Message, ReadingLost, StoredStream
from shared.telemetry.logs import Log

KEPT_ITEMS: Final = 1000
KEPT_BYTES: Final = 8_000_000
BUFFER_ITEMS: Final = 250
BUFFER_BYTES: Final = 4_000_000
_WAIT_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 1.0
_AWAY: Final = (NatsError, TimeoutError, ConnectionError)


class Listener:
    """Somebody who hears each item that comes after a place and is for them."""

    __slots__ = ("_bytes", "_items", "_woken", "after", "behind", "over")

    def __init__(self, after: int) -> None:
        self.after = after
        self.over = self.behind = False
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._woken = asyncio.Event()

    def hear(self, item: Item) -> None:
        """Take an item into the buffer; where there is no room for it, the listener has fallen behind."""
        if item.sequence <= self.after or self.behind:
            return
        self._items.append(item)
        self._bytes += len(item.frame)
        if len(self._items) > BUFFER_ITEMS or self._bytes > BUFFER_BYTES:
            self._items.clear()
            self.behind = True
        self._woken.set()

    def end(self) -> None:
        self.over = True
        self._woken.set()

    def take(self, most_bytes: int) -> list[Item]:
        """Take the next items out of the buffer: so many bytes of them, and one at least where there is any."""
        taken: list[Item] = []
        size = 0
        while self._items and (not taken or size + len(self._items[0].frame) <= most_bytes):
            taken.append(self._items.popleft())
            size += len(taken[-1].frame)
        self._bytes -= size
        return taken

    async def is_woken(self, seconds: float) -> bool:
        """Wait for something to happen, for so long at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        woken = self._woken.is_set()
        self._woken.clear()
        return woken


class Tail:
    """The end of one stream. ``run`` follows it until cancelled; ``last`` is the sequence that everybody was told.

    ``latest`` has the sequence of the last message of each subject that was heard; ``begun`` counts how often it began
    with a stream that does not go on from what was heard before.
    """

    def __init__(self, stream: StoredStream, way: Way, read: Read, *, log: Log, kept_items: int = KEPT_ITEMS) -> None:
        self.stream = stream
        self.way = way
        self.read = read
        self.made = ""
        self.last = 0
        self.latest: dict[str, int] = {}
        self.begun = 0
        self._floor = 0  # everything after it is kept
        self._deleted = 0
        self._items: dict[int | str, Item] = {}  # in order; of the catalogue, one for each practice
        self._bytes = 0
        self._kept_items = kept_items
        self._listeners: dict[Filter, set[Listener]] = defaultdict(set)
        self._open = asyncio.Event()
        self._log = log

    def listeners(self) -> list[Listener]:
        return [one for some in self._listeners.values() for one in some]

    async def is_open(self, seconds: float) -> bool:
        """Wait until the end of the stream is known, for so long at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._open.wait()
        return self._open.is_set()

    def has_all_after(self, sequence: int) -> bool:
        return sequence >= self._floor

    def kept_after(self, sequence: int, most_bytes: int) -> list[Item]:
        """Return the first of the items kept that come after a sequence: so many bytes, and one at least."""
        found: list[Item] = []
        size = 0
        for item in self._items.values():
            if item.sequence > sequence:
                size += len(item.frame)
                if found and size > most_bytes:
                    break
                found.append(item)
        return found

    @contextlib.contextmanager
    def listening_to(self, wanted: Filter, listener: Listener) -> Iterator[None]:
        """Let a listener hear what comes from now on and is for them."""
        self._listeners[wanted].add(listener)
        try:
            yield
        finally:
            others = self._listeners[wanted]
            others.discard(listener)
            if not others:
                del self._listeners[wanted]

    def end(self) -> None:
        """Let everybody go."""
        for listener in self.listeners():
            listener.end()

    async def run(self) -> None:
        """Follow the stream, and take up the thread whenever it was lost."""
        while True:
            try:
                await self._follow()
            except ReadingLost as error:
                self._log.warning("public stream is read anew", stream=self.stream.name, reason=str(error))
            except _AWAY as error:
                self._log.warning("public stream does not answer", stream=self.stream.name, error=repr(error))
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _follow(self) -> None:
        head = await self.stream.head()
        self._begin(head)
        async with self.stream.reading(self.last) as reader:
            while True:
                if reader.sequence >= head.last:
                    self.last = max(self.last, reader.sequence)
                    self._open.set()
                if messages := await reader.next(_WAIT_SECONDS):
                    await self._append(messages)
                else:
                    head = await self.stream.head()
                    if mark_of(head.made) != self.made or self._lost_some(head):
                        raise ReadingLost("it was made anew, or something was taken out of it")

    def _begin(self, head: Head) -> None:
        made = mark_of(head.made)
        if made == self.made and self.last <= head.last and not self._lost_some(head):
            return
        if self.made:
            self._log.warning("public stream is another one, or has less in it", stream=self.stream.name)
        self._open.clear()
        self.made = made
        self.begun += 1
        self.latest.clear()
        self._items.clear()
        self._bytes = 0
        self._deleted = head.deleted
        self.last = self._floor = max(head.first - 1, head.last - self._kept_items, 0)
        self.end()

    def _lost_some(self, head: Head) -> bool:
        """Whether events were deleted since: a person had to be forgotten, and is not to be told of from memory. In the
        catalogue each practice's latest takes the place of the one before, here as there.
        """
        if self.way is Way.CATALOGUE or head.deleted <= self._deleted:
            self._deleted = head.deleted
            return False
        return True

    async def _append(self, messages: list[Message]) -> None:
        items = await self.read(self.made, messages)
        for item in items:
            self._keep(item)
        for wanted, listeners in self._listeners.items():
            for item in items:
                if item.is_for(wanted):
                    for listener in listeners:
                        listener.hear(item)
        self.latest.update((message.subject, message.sequence) for message in messages)
        self.last = messages[-1].sequence

    def _keep(self, item: Item) -> None:
        key = item.practice_id if self.way is Way.CATALOGUE else item.sequence
        if replaced := self._items.pop(key, None):
            self._bytes -= len(replaced.frame)
        self._items[key] = item
        self._bytes += len(item.frame)
        while len(self._items) > self._kept_items or self._bytes > KEPT_BYTES:
            gone = self._items.pop(next(iter(self._items)))
            self._bytes -= len(gone.frame)
            self._floor = gone.sequence
