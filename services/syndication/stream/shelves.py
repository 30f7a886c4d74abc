"""The catalogue as everybody downloads it, whole: read and compressed once, and kept for who comes next.

A shelf has the practices of a stretch of the stream. It is good until one of them is told anew; then that stretch alone
is read again, and it ends where it ended, so that the shelves behind it stay. What the tail has comes from the tail.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool

from services.syndication.domain.filters import Filter
from services.syndication.stream.catch_up import CatchUp, Piece
from services.syndication.stream.packing import Packed
from shared.bus.reading import Message

KEPT_BYTES: Final = 64_000_000  # compressed: some forty thousand practices
_EVERYTHING: Final = Filter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The lines of what stands after one sequence, up to and with another. ``held`` has the sequence by subject."""

    sequence: int
    held: Mapping[str, int]
    events: int
    packed: Packed


class Shelves:
    """One process's shelves of one tail's stream, by the sequence after which each begins."""

    def __init__(self, catching_up: CatchUp, *, most_bytes: int = KEPT_BYTES) -> None:
        self._catching_up = catching_up
        self._tail = catching_up.tail
        self._most_bytes = most_bytes
        self._begun = 0
        self._shelves: dict[int, Shelf] = {}

    @property
    def bytes(self) -> int:
        """How much is kept."""
        return sum(len(shelf.packed.deflated) for shelf in self._shelves.values())

    async def whole(self, until: int) -> AsyncGenerator[Shelf, None]:
        """Yield the catalogue from its start: up to a sequence at most, and not all of what the tail has.

        It ends early where the stream is made anew, does not answer, or is too large to be kept.
        """
        made, begun, after = self._tail.made, self._tail.begun, 0
        while self._tail.begun == begun and after < until and not self._tail.has_all_after(after):
            if (shelf := self._good(after)) is None:
                if self.bytes > self._most_bytes:
                    return
                piece = await self._catching_up.from_stream(made, after)
                if not piece.messages:
                    return
                shelf = await self._made(piece, self._end(after, until))
                if self._tail.begun == begun and self._is_good(shelf):
                    self._shelves[after] = shelf
            if shelf.sequence > until:  # it was made for somebody who came later
                return
            yield shelf
            after = shelf.sequence

    def _good(self, after: int) -> Shelf | None:
        if self._begun != self._tail.begun:
            self._begun = self._tail.begun
            self._shelves.clear()
        shelf = self._shelves.get(after)
        return shelf if shelf and self._is_good(shelf) else None

    def _is_good(self, shelf: Shelf) -> bool:
        latest = self._tail.latest
        return all(latest.get(subject, 0) <= sequence for subject, sequence in shelf.held.items())

    def _end(self, after: int, until: int) -> int:
        """Return where a shelf that is made ends at the latest: where the one ended that it replaces."""
        known = self._shelves.get(after)
        return min(known.sequence, until) if known else until

    async def _made(self, piece: Piece, end: int) -> Shelf:
        held = {one.subject: one.sequence for one in piece.messages if one.sequence <= end}
        shown = [item for item in piece.items if item.sequence <= end and item.shows(_EVERYTHING)]
        packed = await run_in_threadpool(Packed.of, b"".join(item.line for item in shown))
        return Shelf(sequence=_reached(piece.messages, end), held=held, events=len(shown), packed=packed)


def _reached(messages: Sequence[Message], end: int) -> int:
    return min(messages[-1].sequence, end)
