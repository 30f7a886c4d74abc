"""Pages that stay put: a cursor names the snapshot it was made on, and the last few snapshots are kept for it.

While the snapshot is kept, no practice comes twice or is left out, whatever is published meanwhile. Later, or on
another replica, the next page begins after the last practice of the page before, as far as that is still nearby.
What was taken down is still in snapshots of before, so none is kept for long once another took its place.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import Final

from services.search.find import DEEPEST, Found, Search
from services.search.index import Snapshot
from shared.http.paging import bad_cursor, decode_cursor, encode_cursor

_KEPT: Final = 16
KEPT_SECONDS: Final = 600.0


class Kept:
    """The snapshots that cursors were given out for, the latest few, each ``seconds`` long. Used by one thread."""

    def __init__(
        self, most: int = _KEPT, *, seconds: float = KEPT_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._snapshots: OrderedDict[str, tuple[Snapshot, float]] = OrderedDict()

    def keep(self, snapshot: Snapshot, present: Snapshot) -> None:
        """Keep the snapshot that a cursor was given out for; no longer than before where it is not the present one."""
        now = self._clock()
        if snapshot.generation == present.generation:
            self._snapshots[snapshot.generation] = snapshot, now + self._seconds
            self._snapshots.move_to_end(snapshot.generation)
        while self._snapshots and (len(self._snapshots) > self._most or self._oldest_ends() <= now):
            self._snapshots.popitem(last=False)

    def get(self, generation: str) -> Snapshot | None:
        """Return a snapshot, if it is kept."""
        snapshot, ends = self._snapshots.get(generation, (None, 0.0))
        return snapshot if ends > self._clock() else None

    def _oldest_ends(self) -> float:
        return next(iter(self._snapshots.values()))[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page begins: in this snapshot, at this offset, after this practice."""

    generation: str
    offset: int
    after: str


def cursor_of(search: Search, snapshot: Snapshot, found: Found) -> str | None:
    """Return the cursor of the next page, or None when there is none."""
    offset = found.offset + len(found.hits)
    if not found.hits or offset >= min(found.total, DEEPEST):
        return None
    return encode_cursor(snapshot.generation, offset, found.hits[-1].shown["id"], _digest(search))


def place_of(cursor: str, search: Search) -> Place:
    """Read a cursor; raises Invalid (422) when it is none of ours, or one of another search."""
    generation, offset, after, digest = decode_cursor(cursor, str, int, str, str)
    if digest != _digest(search) or not 0 < offset < DEEPEST:
        raise bad_cursor()
    return Place(generation=generation, offset=offset, after=after)


def placed(search: Search, place: Place, *, kept: bool) -> Search:
    """Return the search for the page at a place; where its snapshot is gone, by the practice before it."""
    return replace(search, offset=place.offset, after="" if kept else place.after)


def _digest(search: Search) -> str:
    """Tell searches apart: the same words, filters and order give the same digest."""
    filters = sorted((facet, tuple(sorted(codes))) for facet, codes in search.filters.items() if codes)
    return blake2s(
        repr((search.text, search.sort.value, filters)).encode("utf-8", "replace"), digest_size=8
    ).hexdigest()
