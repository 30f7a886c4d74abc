"""From a place in a stream to its end, in pieces that leave nothing on the server."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Final

from services.syndication.stream.item import Item
from services.syndication.stream.position import Position, Way, lost
from services.syndication.stream.tail import Tail
from shared.bus.reading import Message

_AGAIN_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some items, and the sequence up to which everything was read; the messages, where it came from the stream."""

    items: list[Item]
    sequence: int
    messages: Sequence[Message] = ()


class CatchUp:
    """Reads what lies before a tail. So many pieces of the stream are held at once, each until it was sent; the others
    wait their turn. What the tail has is everybody's, and nobody waits for it.
    """

    def __init__(self, tail: Tail, *, at_once: int, piece_bytes: int) -> None:
        self.tail = tail
        self._turns = asyncio.Semaphore(at_once)
        self._piece_bytes = piece_bytes

    async def end(self, position: Position | None) -> int:
        """Return where the stream ends; raises PlaceLost where it cannot be gone on with from a position."""
        tail = self.tail
        if position is not None:
            if position.made != tail.made:
                raise lost("remade")
            # Another process may have told it a moment before this one heard of it.
            if position.sequence > tail.last and position.sequence > (await tail.stream.head()).last:
                raise lost("ahead")
        return tail.last

    async def pieces(self, position: Position) -> AsyncGenerator[Piece, None]:
        """Yield what comes after a position until there is no more: then the tail tells the rest, from that moment on.

        Raises PlaceLost where some of the events were already forgotten, or the stream is made anew meanwhile.
        """
        tail, made, after = self.tail, position.made, position.sequence
        while tail.made == made:
            if tail.has_all_after(after):
                if not (kept := tail.kept_after(after, self._piece_bytes)):
                    return
                after = kept[-1].sequence
                yield Piece(items=kept, sequence=after)
                continue
            async with self._turns:
                piece = await self._stored(made, after)
                if piece.messages:
                    after = piece.sequence
                    yield piece
            if not piece.messages:
                # Another server of a cluster answered, and is behind; or what the tail has was just stored.
                await asyncio.sleep(_AGAIN_SECONDS)
        raise lost("remade")

    async def from_stream(self, made: str, after: int) -> Piece:
        """Return the piece that comes after a sequence, without messages where none is there."""
        async with self._turns:
            return await self._stored(made, after)

    async def _stored(self, made: str, after: int) -> Piece:
        messages = await self.tail.stream.after(after, most_bytes=self._piece_bytes)
        if self.tail.way is Way.EVENTS:
            await self._check(after, messages[0].sequence if messages else None)
        if not messages:
            return Piece(items=[], sequence=after)
        return Piece(items=await self.tail.read(made, messages), sequence=messages[-1].sequence, messages=messages)

    async def _check(self, after: int, found: int | None) -> None:
        """Raise PlaceLost where the one that follows was forgotten with time, as all before it. One alone that is gone
        was taken out for good, with a person who had to be forgotten.
        """
        if (found is None or found > after + 1) and (await self.tail.stream.head()).first > after + 1:
            raise lost("expired")
