"""Saying what is found, and since when: search's part of the receipt of a publication.

How far this got lies in the database and moves in the transaction that says it. A time is told only where a replica
noticed it; what is read from the catalogue afterwards, because nobody told it in time, is told without.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from services.search.changes import Change, Put
from services.search.follow import read
from services.search.saved.alerts import place_of
from services.search.saved.store import Place
from services.search.schema import Position
from shared.bus.reading import StoredStream
from shared.events.publications import IndexedPublication, PublicationsIndexed
from shared.ids import new_id
from shared.store.client import Store
from shared.store.outbox import Transaction

APART_SECONDS: Final = 2.0  # from one event to the next: a crowd of publications shares one
_MOST_HELD: Final = 1000  # steps and publications; in an event they are a tenth of the largest message
_PLACE: Final = "indexed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What the way from one place in the catalogue to another made to be found."""

    before: Place
    after: Place
    publications: tuple[IndexedPublication, ...]

    @property
    def weight(self) -> int:
        return 1 + len(self.publications)


class Places:
    """The row of the database that tells how far publications were said to be found."""

    def __init__(self, db: AsyncDatabase[dict[str, Any]]) -> None:
        self._rows = db["indexed"]

    async def get(self) -> Place:
        row = await self._rows.find_one({"_id": _PLACE}) or {}
        return Place(stream=row.get("stream", ""), sequence=row.get("sequence", 0))

    async def move(self, before: Place, after: Place, session: AsyncClientSession | None = None) -> bool:
        """Move on; False, or DuplicateKeyError where it is the first step, when another replica moved meanwhile."""
        row = {"_id": _PLACE, "stream": before.stream, "sequence": before.sequence}
        to = {"$set": {"stream": after.stream, "sequence": after.sequence}}
        done = await self._rows.update_one(row, to, upsert=before == Place(), session=session)
        return bool(done.matched_count or done.upserted_id)


class Indexed:
    """Follows the replica. ``position`` is how far what it finds reaches."""

    def __init__(
        self,
        store: Store,
        catalogue: StoredStream,
        position: Callable[[], Position],
        *,
        threads: Executor,
        apart_seconds: float = APART_SECONDS,
    ) -> None:
        self._store = store
        self._places = Places(store.db)
        self._catalogue = catalogue
        self._position = position
        self._threads = threads
        self._apart = apart_seconds
        self._steps: deque[_Step] = deque()
        self._held = 0
        self._place: Place | None = None
        self._due = 0.0

    def begin(self) -> None:
        """Another replica may have said something since."""
        self._place = None

    def heard(self, before: Position, after: Position, changes: Sequence[Change]) -> None:
        """Note what is found now. Called right after the commit of the index."""
        step = _Step(before=place_of(before), after=place_of(after), publications=_found(changes, self._store.clock()))
        if self._steps and self._steps[-1].after != step.before:
            self._forget(len(self._steps))
        self._steps.append(step)
        self._held += step.weight
        while self._held > _MOST_HELD and len(self._steps) > 1:
            self._forget(1)

    async def catch_up(self) -> float | None:
        """Say what is found and was not said yet, in one event where it was all noticed."""
        here = self._position()
        if not here.complete:
            return None
        try:
            if self._place is None:
                self._place = await self._places.get()
            if _is_there(self._place, place_of(here)):
                return None
            if (pause := self._due - time.monotonic()) > 0:
                return pause
            await self._go_on(self._place, place_of(here))
        except PyMongoError:
            self._place = None
            raise
        return None

    async def _go_on(self, place: Place, here: Place) -> None:
        if step := self._since(place):
            await self._take(step)
            return
        async for step in self._read(place, here):
            if not await self._take(step):
                return

    def _since(self, place: Place) -> _Step | None:
        """Return all that was noticed after a place as one step; None where that does not reach back so far."""
        while self._steps and _is_there(place, self._steps[0].after):
            self._forget(1)
        if not self._steps or not _is_there(place, self._steps[0].before):
            return None
        return _Step(before=place, after=self._steps[-1].after, publications=tuple(self._noticed().values()))

    def _noticed(self) -> dict[tuple[str, int], IndexedPublication]:
        """Return what was noticed and is held, each version as it was noticed first."""
        found: dict[tuple[str, int], IndexedPublication] = {}
        for step in self._steps:
            for one in step.publications:
                found.setdefault((one.practice_id, one.version), one)
        return found

    async def _read(self, place: Place, here: Place) -> AsyncIterator[_Step]:
        """Read the catalogue from a place on to where the replica is; from its beginning if it is another."""
        before, sequence = place, place.sequence if place.stream == here.stream else 0
        loop = asyncio.get_running_loop()
        while sequence < here.sequence and (messages := await self._catalogue.after(sequence)):
            changes, _ = await loop.run_in_executor(
                self._threads, partial(read, [one for one in messages if one.sequence <= here.sequence])
            )
            sequence = min(messages[-1].sequence, here.sequence)
            after = Place(stream=here.stream, sequence=sequence)
            noticed = self._noticed()
            found = (noticed.get((one.practice_id, one.version), one) for one in _found(changes, None))
            yield _Step(before=before, after=after, publications=tuple(found))
            before = after
        if before != here:  # nothing is there any more between the two
            yield _Step(before=before, after=here, publications=())

    async def _take(self, step: _Step) -> bool:
        """Say a step; False when another replica was there first."""
        if step.publications:
            self._due = time.monotonic() + self._apart
            moved = await self._store.transact(partial(self._say, step))
        else:
            moved = await self._places.move(step.before, step.after)
        self._place = step.after if moved else None
        return moved

    async def _say(self, step: _Step, tx: Transaction) -> bool:
        if not await self._places.move(step.before, step.after, tx.session):
            return False
        tx.say(PublicationsIndexed(publications=step.publications), aggregate=f"receipt:{new_id()}", version=1)
        return True

    def _forget(self, count: int) -> None:
        for _ in range(count):
            self._held -= self._steps.popleft().weight


def _is_there(place: Place, other: Place) -> bool:
    """Say whether a place is at another one or beyond."""
    return place.stream == other.stream and place.sequence >= other.sequence


def _found(changes: Iterable[Change], at: datetime | None) -> tuple[IndexedPublication, ...]:
    """Return what is found once all this is done: of a practice the last version, unless it is gone by then."""
    latest = {change.id: change for change in changes}
    return tuple(
        IndexedPublication(practice_id=one.id, version=one.entry.version, indexed_at=at)
        for one in latest.values()
        if isinstance(one, Put)
    )
