"""Counting what is asked, in memory, for a minute at a time; a crash loses a minute of counts and nothing else.

Nothing of who asks comes here: words, the language of the pages, and whether something was found or opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pymongo.errors import PyMongoError
from structlog.typing import FilteringBoundLogger

from services.search.learning.words import countable
from shared.tasks import seen_through

FLUSH_SECONDS: Final = 60.0
_MOST: Final = 5_000  # queries in a minute; what goes beyond is not counted

Key = tuple[str, str]  # language, words


@dataclass(slots=True)
class Count:
    """How often it was asked, how often nothing or not enough had all of the words, how often a result was opened."""

    asked: int = 0
    unanswered: int = 0
    clicked: int = 0


class Tally:
    """Used on the event loop only."""

    def __init__(self) -> None:
        self._counts: dict[Key, Count] = {}

    def asked(self, text: str, language: str, *, answered: bool) -> None:
        """Count a search."""
        if count := self._of(text, language):
            count.asked += 1
            count.unanswered += not answered

    def clicked(self, text: str, language: str) -> None:
        """Count that a result of a search was opened."""
        if count := self._of(text, language):
            count.clicked += 1

    def take(self) -> dict[Key, Count]:
        """Return what was counted and begin anew."""
        taken, self._counts = self._counts, {}
        return taken

    def _of(self, text: str, language: str) -> Count | None:
        words = countable(text) if text else None
        if words is None or (len(self._counts) >= _MOST and (language, words) not in self._counts):
            return None
        return self._counts.setdefault((language, words), Count())


async def keep_counting(
    tally: Tally, keep: Callable[[Mapping[Key, Count]], Awaitable[None]], *, log: FilteringBoundLogger
) -> None:
    """Write down what was counted, every minute and at the end. While the record is away counts are lost."""
    try:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await _flush(tally, keep, log)
    finally:
        await seen_through(_flush(tally, keep, log))


async def _flush(
    tally: Tally, keep: Callable[[Mapping[Key, Count]], Awaitable[None]], log: FilteringBoundLogger
) -> None:
    counts = tally.take()
    if not counts:
        return
    try:
        await keep(counts)
    except PyMongoError as error:
        log.warning("what was asked could not be counted", queries=len(counts), error=repr(error))
