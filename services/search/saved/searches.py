"""A saved search and what its owner may do with it. Pure: no clock of its own, no database."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2s
from typing import Final

from shared.errors import Conflict
from shared.ids import new_id

MOST: Final = 50  # of one person
NAME_LENGTH: Final = 80  # characters
KEPT_DELETED: Final = timedelta(days=30)
_KEY_BYTES: Final = 16  # 128 bits nobody guesses


class Frequency(StrEnum):
    """How soon a search tells its owner of what is new."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    OFF = "off"


class TooMany(Conflict):
    """A person has as many saved searches as anybody may."""

    code = "too-many-saved-searches"
    title = "There is no room for another saved search"


class SavedAlready(Conflict):
    """The person has saved the same words and filters before; ``extra`` names that search."""

    code = "saved-already"
    title = "This search is saved already"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """Words and filters never change; what else there is may. ``language`` is that in which the feed shows texts.

    Only what was published after ``since`` is news. ``feed`` ends the address of the feed, None where there is none;
    ``stop`` ends the one that pauses the search without signing in. ``version`` counts changes, from 1.
    """

    id: str
    person_id: str
    name: str
    text: str
    filters: Mapping[str, tuple[str, ...]]
    language: str
    frequency: Frequency
    created_at: datetime
    since: datetime
    stop: str
    feed: str | None = None
    paused: bool = False
    deleted_at: datetime | None = None
    version: int = 1

    @property
    def is_active(self) -> bool:
        """Whether it tells its owner of anything."""
        return self.deleted_at is None and not self.paused and self.frequency is not Frequency.OFF

    @property
    def digest(self) -> str:
        """The same words and filters give the same, in whatever order they were chosen."""
        filters = sorted((facet, tuple(sorted(codes))) for facet, codes in self.filters.items() if codes)
        return blake2s(repr((" ".join(self.text.split()), filters)).encode("utf-8", "replace")).hexdigest()

    def changed(
        self, now: datetime, *, name: str | None = None, frequency: Frequency | None = None, paused: bool | None = None
    ) -> SavedSearch:
        """Return it with these changes, counted as one."""
        after = replace(
            self,
            name=self.name if name is None else name,
            frequency=frequency or self.frequency,
            paused=self.paused if paused is None else paused,
        )
        return _next(self, after, now)

    def deleted(self, now: datetime) -> SavedSearch:
        return _next(self, replace(self, deleted_at=now), now)

    def restored(self, now: datetime) -> SavedSearch:
        return _next(self, replace(self, deleted_at=None), now)

    def with_feed(self, now: datetime, *, wanted: bool) -> SavedSearch:
        """Return it with a feed at a new address, or with none; the address before is no more."""
        return _next(self, replace(self, feed=_key() if wanted else None), now)


def _next(before: SavedSearch, after: SavedSearch, now: datetime) -> SavedSearch:
    """Count the change. What was published while it was silent is not told once it speaks again."""
    wakes = after.is_active and not before.is_active
    return replace(after, version=before.version + 1, since=now if wakes else before.since)


def save(
    *,
    person_id: str,
    name: str,
    text: str,
    filters: Mapping[str, tuple[str, ...]],
    language: str,
    frequency: Frequency,
    now: datetime,
) -> SavedSearch:
    """Return a new saved search."""
    return SavedSearch(
        id=new_id(),
        person_id=person_id,
        name=name,
        text=text,
        filters={facet: codes for facet, codes in filters.items() if codes},
        language=language,
        frequency=frequency,
        created_at=now,
        since=now,
        stop=_key(),
        feed=_key(),
    )


def _key() -> str:
    return secrets.token_urlsafe(_KEY_BYTES)
