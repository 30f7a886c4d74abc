"""Bringing an index up to the catalogue: from its committed sequence, in batches while behind, at once when live."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from time import time_ns
from typing import Final, TypeVar

from structlog.typing import FilteringBoundLogger

from services.search.changes import Change, Put, change_of
from services.search.index import IndexBroken, SearchIndex
from services.search.lag import Progress
from services.search.schema import Position
from shared.bus.dead_letters import bury
from shared.bus.reading import Head, Message, StoredStream
from shared.bus.topology import CATALOGUE
from shared.errors import Permanent
from shared.tasks import stopped
from shared.telemetry.spans import Kind, Spans
from shared.telemetry.trace import parse, resumed, step_after

DURABLE: Final = "search"  # under which its dead letters are filed
# From one commit to the next: a commit costs more than ten milliseconds of a processor however little it brings, so
# those that come in a crowd share one. The first of a crowd waits for nothing, and one that comes soon after another
# waits little; where several came together, more are likely to come.
APART_SECONDS: Final = 0.08
CROWD_SECONDS: Final = 0.2
# Messages, while behind. Large batches make fewer segments, which leaves less to merge: a quarter of all work, against
# batches of 500.
_BATCH: Final = 2000

# Told when the first reading of the whole catalogue is done, and of each commit after it: from where to where, and what
# changed.
Heard = Callable[[Position, Position, Sequence[Change]], None]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A message that can never be indexed, and why."""

    message: Message
    reason: str


class StreamReplaced(Exception):
    """The stream is another one than the index followed, or has lost its end: only a rebuild can tell what is true."""


class Follower:
    """Feeds one index. ``progress`` is told the lag; a rebuild beside the serving index has a progress of its own."""

    def __init__(
        self,
        index: SearchIndex,
        catalogue: StoredStream,
        *,
        progress: Progress,
        writing: Executor,
        log: FilteringBoundLogger,
        heard: Heard | None = None,
        spans: Spans | None = None,
    ) -> None:
        self._spans = spans
        self.index = index
        self._catalogue = catalogue
        self._progress = progress
        self._writing = writing
        self._log = log
        self._heard = heard

    async def follow(self, *, until: Callable[[], bool], wait: float) -> None:
        """Apply what comes until ``until`` says so, which is asked after each batch and every ``wait`` seconds.

        Raises IndexBroken, StreamReplaced, ReadingLost, or an error of nats-py; what was committed stays.
        """
        head = await self._catalogue.head()
        self._check_stream(head)
        position = self.index.snapshot.position
        async with self._catalogue.reading(position.sequence) as reader:
            if head.last <= position.sequence:
                await self._at_the_end(head.stream, reader.sequence)
            loop = asyncio.get_running_loop()
            next_at = loop.time()
            ahead: asyncio.Task[list[Message]] | None = None
            try:
                while not until():
                    await asyncio.sleep(next_at - loop.time())
                    messages = await (ahead or reader.next(wait, many=_BATCH))
                    if messages:
                        next_at = loop.time() + seconds_to_next(messages)
                        # What is there already comes while this is indexed.
                        behind = messages[-1].behind
                        ahead = asyncio.create_task(reader.next(wait, many=_BATCH)) if behind else None
                        await self._apply(head.stream, messages)
                    else:
                        ahead = None
                        await self._at_the_end(head.stream, reader.sequence)
            finally:
                if ahead is not None:
                    await stopped(ahead)

    async def catch_up(self, sequence: int | None = None) -> None:
        """Apply everything up to a sequence, or up to the end of the stream as it is when this begins."""
        target = (await self._catalogue.head()).last if sequence is None else sequence
        await self.follow(until=lambda: self._is_at(target), wait=1.0)

    def _is_at(self, target: int) -> bool:
        position = self.index.snapshot.position
        return position.complete and position.sequence >= target

    def _check_stream(self, head: Head) -> None:
        position = self.index.snapshot.position
        if position.sequence and (position.stream != head.stream or position.sequence > head.last):
            raise StreamReplaced("the catalogue is not the stream that the index followed")

    async def _apply(self, stream: str, messages: list[Message]) -> None:
        began, last = time_ns(), messages[-1]
        self._progress.waits(len(messages) + last.behind, messages[0].stored)
        changes, unreadable = await self._in_thread(partial(read, messages))
        for one in unreadable:
            await self._bury(one)
        before = self.index.snapshot.position
        live = before.complete
        position = Position(stream=stream, sequence=last.sequence, complete=live or not last.behind)
        await self._in_thread(partial(self.index.apply, changes, position))
        if live:  # the first reading of the whole catalogue is nobody's request
            self._tell(changes, began)
            self._hear(before, position, changes)
        elif position.complete:
            self._hear(position, position, ())
        self._progress.waits(last.behind, last.stored)
        if not last.behind:
            self._progress.found(last.stored)

    def _tell(self, changes: list[Change], began: int) -> None:
        """Log each change in the trace of the request that it goes back to."""
        for change in changes:
            cause = parse(change.traceparent)
            with resumed(step_after(cause)) as trace:
                if self._spans:
                    self._spans.ended(
                        "index CATALOGUE",
                        trace,
                        parent=cause,
                        kind=Kind.CONSUMER,
                        began=began,
                        ended=time_ns(),
                        attributes={"messaging.system": "nats", "messaging.operation.type": "process"},
                    )
                happened = "practice can be found" if isinstance(change, Put) else "practice taken out of search"
                self._log.info(happened, practice_id=change.id)

    async def _at_the_end(self, stream: str, sequence: int) -> None:
        """Nothing waits: keep that, and see whether the index is still there."""
        self._progress.waits(0, None)
        here = self.index.snapshot.position
        there = Position(stream=stream, sequence=sequence, complete=True)
        if here != there:
            await self._in_thread(partial(self.index.apply, (), there))
            self._hear(here if here.complete else there, there, ())
        elif not self.index.intact():
            raise IndexBroken("the folder of the index is gone")

    def _hear(self, before: Position, after: Position, changes: Sequence[Change]) -> None:
        if self._heard:
            self._heard(before, after, changes)

    async def _bury(self, unreadable: Unreadable) -> None:
        message = unreadable.message
        self._progress.unreadable += 1
        self._log.error("catalogue message is a dead letter", sequence=message.sequence, reason=unreadable.reason)
        await bury(
            self._catalogue.js,
            durable=DURABLE,
            reason=unreadable.reason,
            subject=message.subject,
            stream=CATALOGUE,
            sequence=message.sequence,
            attempts=1,
            body=message.body,
            headers=message.headers,
            stored=message.stored,
        )

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writing, work)


def seconds_to_next(messages: Sequence[Message]) -> float:
    """Return how long after these were taken, which are at least one, the next may be."""
    if messages[-1].behind:
        return 0.0
    return CROWD_SECONDS if len(messages) > 1 else APART_SECONDS


def read(messages: list[Message]) -> tuple[list[Change], list[Unreadable]]:
    """Read a batch. What cannot be read is told apart with its reason; the rest goes on."""
    changes: list[Change] = []
    unreadable: list[Unreadable] = []
    for message in messages:
        try:
            changes.append(change_of(message.body))
        except Permanent as error:
            unreadable.append(Unreadable(message=message, reason=str(error)))
    return changes, unreadable
