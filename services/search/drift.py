"""Does the index have what the record has? Ids and versions are compared, and what differs is repaired by a rebuild.

The record is the list of public practices that submissions gives to everybody. Publications go on meanwhile, so what
differs at first is looked at again by itself once the index has caught up; only what differs then is drift.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import httpx
from structlog.typing import FilteringBoundLogger
from tantivy import Occur, Query

from services.search.index import IndexBroken, Snapshot, engine
from services.search.lag import Progress
from services.search.replica import Replica
from services.search.schema import KEY, VERSION, read_shown
from shared.clock import Clock
from shared.errors import Unavailable

_PAGE: Final = 100
_SETTLES_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 5.0  # how often to look whether somebody asked for a new index by a file
_SHOWN: Final = 20  # ids told of each kind
_AWAY: Final = (httpx.HTTPError, KeyError, TypeError, ValueError)

Versions = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What differed at a moment: not in the index, there in another version, there and no longer public.

    ``trouble`` says what a rebuild did not mend, or why nothing could be compared.
    """

    at: datetime
    practices: int
    missing: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    left_over: tuple[str, ...] = ()
    trouble: str | None = None

    @property
    def ids(self) -> frozenset[str]:
        return frozenset((*self.missing, *self.differing, *self.left_over))


class Record:
    """The public practices as submissions has them. Raises what httpx raises, ValueError for an answer that is none."""

    def __init__(self, http: httpx.AsyncClient, address: str) -> None:
        self._http = http
        self._address = f"{address.rstrip('/')}/practices"

    async def versions(self) -> dict[str, int]:
        """Return the version of every public practice."""
        found: dict[str, int] = {}
        cursor: str | None = None
        while True:
            page = await self._get({"limit": _PAGE, "view": "brief"} | ({"cursor": cursor} if cursor else {}))
            found |= _versions(page)
            cursor = page.get("next")
            if not cursor:
                return found

    async def some(self, ids: Collection[str]) -> dict[str, int]:
        """Return the version of each of these that is public."""
        found: dict[str, int] = {}
        every = sorted(ids)
        for begin in range(0, len(every), _PAGE):
            found |= _versions(await self._get({"id": every[begin : begin + _PAGE], "view": "brief"}))
        return found

    async def _get(self, query: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self._http.get(self._address, params=dict(query))
        page = answer.raise_for_status().json()
        if not isinstance(page, dict):
            raise TypeError("the list of practices is no object")
        return page


class DriftCheck:
    """Compares by timer, and when asked. ``last`` is what the last comparison found."""

    def __init__(
        self,
        replica: Replica,
        record: Record,
        *,
        progress: Progress,
        threads: Executor,
        seconds: float,
        clock: Clock,
        log: FilteringBoundLogger,
    ) -> None:
        self._replica = replica
        self._record = record
        self._progress = progress
        self._threads = threads
        self._seconds = seconds
        self._clock = clock
        self._log = log
        self._one = asyncio.Lock()
        self._rebuilt_for: frozenset[str] = frozenset()
        self.last: Drift | None = None

    async def run(self) -> None:
        """Compare every so many seconds, for ever; what cannot be compared is told and tried again next time."""
        while True:
            await self._wait()
            try:
                await self.check()
            except (Unavailable, IndexBroken) as error:
                self._log.warning("the index cannot be compared with the record", error=str(error))

    async def check(self) -> Drift:
        """Compare, and have another index built where something differs; raises Unavailable without a record."""
        async with self._one:
            try:
                drift = await self._compared()
            except _AWAY as error:
                raise Unavailable("The record does not answer, so nothing can be compared with it.") from error
            if drift.ids:
                drift = self._repaired(drift)
            else:
                self._rebuilt_for = frozenset()
            self.last = drift
            return drift

    async def _compared(self) -> Drift:
        recorded = await self._record.versions()
        drift = await self._with_index(recorded)
        if not drift.ids:
            return drift
        await self._settled()
        again = await self._record.some(drift.ids)
        return await self._with_index({**_without(recorded, drift.ids), **again})

    async def _with_index(self, recorded: Versions) -> Drift:
        work = partial(compare, recorded, self._replica.snapshot, self._clock())
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _repaired(self, drift: Drift) -> Drift:
        """Ask for a rebuild; one that was made for the same and did not mend it is not made again."""
        if drift.ids <= self._rebuilt_for and self._replica.rebuild is None:
            trouble = "A rebuild did not mend it: the catalogue lacks it. Run: python -m shared.bus reconcile"
            self._log.error("drift stays", practices=sorted(drift.ids)[:_SHOWN])
            return Drift(
                at=drift.at,
                practices=drift.practices,
                missing=drift.missing,
                differing=drift.differing,
                left_over=drift.left_over,
                trouble=trouble,
            )
        self._rebuilt_for = drift.ids
        self._replica.ask_for_rebuild(f"{len(drift.ids)} practices differ from the record")
        return drift

    async def _settled(self) -> None:
        """Wait until the index has what the catalogue has, or for some seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _SETTLES_SECONDS
        await asyncio.sleep(1)  # what was published a moment ago is on its way
        while self._progress.lag().events and loop.time() < until:  # noqa: ASYNC110 - told by a figure only
            await asyncio.sleep(0.2)

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._seconds
        while (left := until - loop.time()) > 0:
            await asyncio.sleep(min(left, _LOOK_SECONDS))
            self._replica.look_for_wish()


def compare(recorded: Versions, snapshot: Snapshot, now: datetime) -> Drift:
    """Compare the record with an index. Takes seconds for a hundred thousand practices. Raises IndexBroken."""
    with engine():
        indexed = indexed_versions(recorded, snapshot)
        left_over: tuple[str, ...] = ()
        if len(indexed) != snapshot.practices:  # somebody is there whom the record does not know
            left_over = tuple(sorted(_every_id(snapshot) - recorded.keys()))
    return Drift(
        at=now,
        practices=len(recorded),
        missing=tuple(sorted(recorded.keys() - indexed.keys())),
        differing=tuple(sorted(one for one, version in indexed.items() if version != recorded[one])),
        left_over=left_over,
    )


def indexed_versions(ids: Iterable[str], snapshot: Snapshot) -> dict[str, int]:
    """Return the version in which the index has each of these practices that it has."""
    everything, searcher = snapshot.everything(), snapshot.searcher
    found: dict[str, int] = {}
    for one in ids:
        query = Query.boolean_query([(Occur.Must, snapshot.term(KEY, one)), (Occur.Must, everything)])
        for _, address in searcher.search(query, 1, count=False).hits:
            found[one] = int(searcher.fast_field_values(VERSION, [address])[0] or 0)
    return found


def _every_id(snapshot: Snapshot) -> set[str]:
    hits = snapshot.searcher.search(snapshot.everything(), max(1, snapshot.practices), count=False).hits
    return {read_shown(snapshot.searcher.doc(address))["id"] for _, address in hits}


def _versions(page: Mapping[str, Any]) -> dict[str, int]:
    return {str(item["id"]): int(item["version"]) for item in page["items"]}


def _without(recorded: Versions, ids: Collection[str]) -> dict[str, int]:
    return {one: version for one, version in recorded.items() if one not in ids}
