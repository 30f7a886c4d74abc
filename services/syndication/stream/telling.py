"""What one client is told, as server-sent events: unnamed ones with the event's bytes, and an ``id`` on all of them.

A browser hands unnamed ones to ``onmessage``, whatever type of event they hold; a type that is new is heard, too.
"""

from collections.abc import Sequence
from typing import Final

from services.syndication.domain.filters import Filter
from services.syndication.stream.item import Item
from services.syndication.stream.position import Position, Way
from services.syndication.stream.tail import Listener, Tail

RETRY_SECONDS: Final = 3
CAUGHT_UP: Final = "caught-up"
_TOGETHER_BYTES: Final = 64 * 1024


class Telling:
    """What was told so far (``told``, a sequence), and how the next is. ``fresh_until`` is where a catalogue ended
    when its reading from the start began: up to there practices are told, after it events.
    """

    def __init__(self, tail: Tail, wanted: Filter, *, told: int, fresh_until: int = 0) -> None:
        self.told = told
        self._tail = tail
        self._wanted = wanted
        self.fresh_until = fresh_until
        self._made = tail.made
        self._opened = self._joined = False

    @property
    def position(self) -> Position:
        """Where the client is: everything up to there was told."""
        return Position(way=self._tail.way, made=self._made, sequence=self.told)

    def piece(self, items: Sequence[Item], sequence: int) -> bytes:
        """Return what is for this client of the items up to a sequence; the id moves on in any case."""
        told = [item.frame for item in self.chosen(items)]
        self.told = sequence
        if not items or items[-1].sequence < sequence or not told or told[-1] is not items[-1].frame:
            told.append(self._id())
        return self._opening() + b"".join(told)

    def chosen(self, items: Sequence[Item]) -> list[Item]:
        """Return the items that are for this client."""
        wanted, fresh = self._wanted, self.fresh_until
        return [item for item in items if (item.shows(wanted) if item.sequence <= fresh else item.is_for(wanted))]

    def joins(self) -> bytes:
        """Return what is said when everything was told that was there, and what comes is told from now on."""
        named = b""
        if self._tail.way is Way.CATALOGUE and not self._joined:
            named = f"event: {CAUGHT_UP}\ndata: {{}}\n".encode()
        self._joined = True
        self.told = max(self.told, self._tail.last)
        return self._opening() + named + self._id()

    def heard(self, listener: Listener) -> bytes:
        """Return what a listener heard meanwhile, some of it together; nothing where they heard nothing."""
        items = listener.take(_TOGETHER_BYTES)
        if items:
            self.told = items[-1].sequence
        return b"".join(item.frame for item in items)

    def heartbeat(self) -> bytes:
        """Return a sign of life, with an id: who hears little would otherwise hold one that grows too old."""
        if self._made == self._tail.made:
            self.told = max(self.told, self._tail.last)
        return b": still here\n" + self._id()

    def _opening(self) -> bytes:
        if self._opened:
            return b""
        self._opened = True
        return f"retry: {RETRY_SECONDS * 1000}\n\n".encode()

    def _id(self) -> bytes:
        """Return an event without data: readers keep its id and tell nobody (WHATWG HTML, 9.2.6)."""
        return f"id: {self.position}\n\n".encode()
