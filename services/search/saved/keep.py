"""What a person does with their saved searches. Each is one transaction; somebody else's search is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.search.saved.searches import MOST, SavedAlready, SavedSearch, TooMany
from services.search.saved.store import Place, SavedSearches
from shared.errors import NotFound
from shared.http.etag import require_version
from shared.store.outbox import Transaction

Change = Callable[[SavedSearch, datetime], SavedSearch]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """``place`` tells how far this replica has read the catalogue: what its person sees when they save a search."""

    searches: SavedSearches
    place: Callable[[], Place]

    async def save(self, new: SavedSearch, tx: Transaction) -> SavedSearch:
        """Keep a new search; raises TooMany, and SavedAlready with the id of the one there is."""
        others = await self.searches.of(new.person_id, tx.session)
        self._check_room(new, others)
        await self.searches.put(new, self.place(), tx.session)
        return new

    async def change(self, person_id: str, search_id: str, seen: int, change: Change, tx: Transaction) -> SavedSearch:
        """Change a search that was seen at a version; raises NotFound and Stale."""
        before = await self._present(person_id, search_id, tx)
        require_version(seen, before.version)
        return await self._put(change(before, tx.now), tx)

    async def renew_feed(self, person_id: str, search_id: str, tx: Transaction, *, wanted: bool) -> SavedSearch:
        """Give a search a feed at a new address, or none; raises NotFound."""
        before = await self._present(person_id, search_id, tx)
        return await self._put(before.with_feed(tx.now, wanted=wanted), tx)

    async def delete(self, person_id: str, search_id: str, tx: Transaction) -> None:
        """Delete a search; it can be restored for thirty days. Doing it twice is doing it once. Raises NotFound."""
        before = await self.searches.get(person_id, search_id, tx.session)
        if before is None:
            raise NotFound
        if before.deleted_at is None:
            await self._put(before.deleted(tx.now), tx)

    async def restore(self, person_id: str, search_id: str, tx: Transaction) -> SavedSearch:
        """Undo a deletion; raises NotFound, TooMany and SavedAlready."""
        before = await self.searches.get(person_id, search_id, tx.session)
        if before is None:
            raise NotFound
        if before.deleted_at is None:
            return before
        self._check_room(before, await self.searches.of(person_id, tx.session))
        return await self._put(before.restored(tx.now), tx)

    async def silence(self, stop: str, tx: Transaction, *, paused: bool) -> SavedSearch:
        """Pause the search that a link in a mail names, or let it go on; raises NotFound. Repeating it is harmless."""
        before = await self.searches.by_stop(stop, tx.session)
        if before is None:
            raise NotFound
        return before if before.paused == paused else await self._put(before.changed(tx.now, paused=paused), tx)

    async def _present(self, person_id: str, search_id: str, tx: Transaction) -> SavedSearch:
        found = await self.searches.get(person_id, search_id, tx.session)
        if found is None or found.deleted_at is not None:
            raise NotFound
        return found

    async def _put(self, search: SavedSearch, tx: Transaction) -> SavedSearch:
        await self.searches.put(search, self.place(), tx.session)
        return search

    @staticmethod
    def _check_room(wanted: SavedSearch, others: list[SavedSearch]) -> None:
        if same := next((one for one in others if one.digest == wanted.digest), None):
            raise SavedAlready(f"You have saved it as “{same.name}”.", extra={"id": same.id, "name": same.name})
        if len(others) >= MOST:
            raise TooMany(f"You have {MOST} saved searches. Delete one that you need no longer.", extra={"most": MOST})
