"""Telling people of what is new for their saved searches: once per practice and person, and nothing twice.

One replica at a time matches, under a lease. How far it got in the catalogue lies in the database and moves in the
transaction that notes who is told and says it, so a crash repeats nothing and leaves nothing out. As long as nobody
waits for news, all it costs is to look, once for as many practices as were found within a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from services.search.changes import Change, Put
from services.search.entry import Entry
from services.search.follow import read
from services.search.replica import Replica
from services.search.saved.matching import Matcher
from services.search.saved.recent import Recent, Step
from services.search.saved.searches import Frequency, SavedSearch
from services.search.saved.store import Place, SavedSearches
from services.search.schema import Position
from shared.bus.reading import StoredStream
from shared.events.alerts import AlertRaised, Match
from shared.ids import new_id
from shared.store.client import Store
from shared.store.outbox import Transaction
from shared.telemetry.trace import trace_scope

_MATCHES_IN_AN_EVENT: Final = 200  # well below the largest message
_TOGETHER: Final = 16  # practices matched and said in one transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """A practice that is new, the trace it comes from, and the searches it answers."""

    entry: Entry
    traceparent: str | None
    searches: Sequence[SavedSearch]


class Alerts:
    """Matches what the replica finds. It follows the replica, behind it."""

    def __init__(
        self,
        store: Store,
        searches: SavedSearches,
        replica: Replica,
        catalogue: StoredStream,
        matcher: Matcher,
        *,
        threads: Executor,
    ) -> None:
        self._store = store
        self._searches = searches
        self._replica = replica
        self._catalogue = catalogue
        self._matcher = matcher
        self._threads = threads
        self._recent = Recent()
        self._active: dict[str, SavedSearch] = {}
        self._changes = 0

    @property
    def active(self) -> int:
        """How many searches wait for news, as far as this replica knows."""
        return len(self._active)

    def begin(self) -> None:
        """Another replica matched until now: learn again who waits."""
        self._active, self._changes = {}, 0

    def heard(self, before: Position, after: Position, changes: Sequence[Change]) -> None:
        """Take note of what the replica has just made to be found."""
        self._recent.add(place_of(before), place_of(after), changes)

    async def catch_up(self) -> None:
        """Match everything that the replica has and that was not matched yet."""
        place = await self._refresh()
        if not self._active:
            return
        if step := self._recent.since(place):
            await self._take(step)
            return
        async for step in self._read(place):
            await self._take(step)

    async def _refresh(self) -> Place:
        """Learn which searches changed; return how far matching is."""
        known = await self._searches.matching()
        if known.changes != self._changes:
            for search in await self._searches.changed_since(self._changes):
                self._active.pop(search.id, None)
                if search.is_active:
                    self._active[search.id] = search
            self._changes = known.changes
        return known.place

    async def _read(self, place: Place) -> AsyncIterator[Step]:
        """Read the catalogue from a place on, as a replica does that was away; from its beginning if it is another."""
        head = await self._catalogue.head()
        follows = head.stream == place.stream and place.sequence <= head.last
        before, sequence = place, place.sequence if follows else 0
        while messages := await self._catalogue.after(sequence):
            changes, _ = await self._in_thread(partial(read, messages))  # who follows the catalogue buries letters
            sequence = messages[-1].sequence
            after = Place(stream=head.stream, sequence=sequence)
            yield Step(before=before, after=after, changes=tuple(changes))
            before = after

    async def _take(self, step: Step) -> None:
        """Match a step, some practices at a time. A practice that is gone by its end is told to nobody."""
        latest = {change.id: change for change in step.changes}
        oldest = min(search.since for search in self._active.values())
        new = [one for one in latest.values() if isinstance(one, Put) and one.entry.published_at > oldest]
        if not new:
            await self._searches.move(step.before, step.after)
            return
        before = step.before
        for begin in range(0, len(new), _TOGETHER):
            some = new[begin : begin + _TOGETHER]
            last = begin + _TOGETHER >= len(new)
            after = step.after if last else step.before  # until the last of them is told, the step is not done
            if not await self._tell(some, before, after):
                return

    async def _tell(self, new: Sequence[Put], before: Place, after: Place) -> bool:
        """Match and tell; False when another replica was there first."""
        snapshot = self._replica.snapshot
        entries = [one.entry for one in new]
        found = await self._in_thread(partial(self._matcher.match, entries, tuple(self._active.values()), snapshot))
        traces = {one.id: one.traceparent for one in new}
        news = [
            _News(entry=entry, traceparent=traces[entry.id], searches=found[entry.id])
            for entry in entries
            if entry.id in found
        ]
        if not news:
            return await self._searches.move(before, after)
        return await self._store.transact(partial(self._say, news, before, after))

    async def _say(self, news: Sequence[_News], before: Place, after: Place, tx: Transaction) -> bool:
        if not await self._searches.move(before, after, tx.session):
            return False
        ids = {search.id for one in news for search in one.searches}
        present = {search.id: search for search in await self._searches.active(ids, tx.session)}
        for one in news:
            chosen = soonest(present[search.id] for search in one.searches if search.id in present)
            told = await self._searches.alerted(one.entry.id, chosen, tx.session) if chosen else set()
            matches = [_match(search) for person, search in chosen.items() if person not in told]
            if not matches:
                continue
            await self._searches.alert(one.entry.id, [match.person_id for match in matches], tx.now, tx.session)
            with trace_scope(one.traceparent):
                for begin in range(0, len(matches), _MATCHES_IN_AN_EVENT):
                    alert = _alert(one.entry, matches[begin : begin + _MATCHES_IN_AN_EVENT])
                    tx.say(alert, aggregate=f"alert:{new_id()}", version=1)
        return True

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def soonest(searches: Iterable[SavedSearch]) -> dict[str, SavedSearch]:
    """Return by person the one search that tells them: one that tells at once before a daily one, then the oldest."""
    ordered = sorted(searches, key=lambda one: (one.frequency is not Frequency.AT_ONCE, one.created_at, one.id))
    chosen: dict[str, SavedSearch] = {}
    for search in ordered:
        chosen.setdefault(search.person_id, search)
    return chosen


def place_of(position: Position) -> Place:
    return Place(stream=position.stream, sequence=position.sequence)


def _match(search: SavedSearch) -> Match:
    frequency = "at_once" if search.frequency is Frequency.AT_ONCE else "daily"
    return Match(
        person_id=search.person_id, search_id=search.id, name=search.name, frequency=frequency, stop=search.stop
    )


def _alert(entry: Entry, matches: Sequence[Match]) -> AlertRaised:
    return AlertRaised(
        practice_id=entry.id,
        version=entry.version,
        kind=entry.kind,
        title=dict(entry.titles),
        source_language=entry.source_language,
        matches=tuple(matches),
    )
