"""The catalogue in one answer: a line for each practice, and at last a cursor to go on from (NDJSON)."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool

from services.syndication.domain.filters import Filter
from services.syndication.stream.catch_up import CatchUp
from services.syndication.stream.follow import Asked, Following
from services.syndication.stream.packing import Gzip, Packed
from services.syndication.stream.places import Places
from services.syndication.stream.position import Way
from services.syndication.stream.shelves import Shelves
from services.syndication.stream.telling import Telling
from shared.http.event_stream import EventStream

MEDIA_TYPE: Final = "application/x-ndjson"
_PIECES_AT_ONCE: Final = 8
_PIECE_BYTES: Final = 1_000_000
_EVERYTHING: Final = Filter()


class Downloads:
    """Those who download in this process."""

    def __init__(self, following: Following, places: Places) -> None:
        self._following = following
        self._places = places
        tail = following.tail(Way.CATALOGUE)
        self._catching_up = CatchUp(tail, at_once=_PIECES_AT_ONCE, piece_bytes=_PIECE_BYTES)
        self._shelves = Shelves(self._catching_up)

    async def lines(self, asked: Asked) -> AsyncGenerator[bytes | Packed, None]:
        """Yield the lines, many at a time, the first time none: by then it is known that there will be an answer.

        Raises Unavailable or PlaceLost before that; later it raises, and the answer is cut off without its last line.
        """
        with self._places.place(asked.address):
            telling = await self._following.begin(asked, self._catching_up)
            yield b""
            events = 0
            if asked.position is None and asked.wanted == _EVERYTHING:
                async with aclosing(self._shelves.whole(telling.fresh_until)) as shelves:
                    async for shelf in shelves:
                        telling.told = shelf.sequence
                        events += shelf.events
                        yield shelf.packed
            async with aclosing(self._catching_up.pieces(telling.position)) as pieces:
                async for piece in pieces:
                    chosen = telling.chosen(piece.items)
                    telling.told = piece.sequence
                    events += len(chosen)
                    yield b"".join(item.line for item in chosen)
            yield _last_line(telling, events)


def _last_line(telling: Telling, events: int) -> bytes:
    return to_json({"cursor": str(telling.position), "events": events}) + b"\n"


class Lines(EventStream):
    """Sends lines, compressed where that is asked for. A reader who takes too long for some of them is dropped."""

    media_type = MEDIA_TYPE

    def __init__(self, lines: AsyncGenerator[bytes | Packed, None], *, compressed: bool) -> None:
        headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if compressed else {})
        super().__init__(gzipped(lines) if compressed else plain(lines), headers=headers)


async def plain(lines: AsyncGenerator[bytes | Packed, None]) -> AsyncGenerator[bytes, None]:
    """Yield lines as they read."""
    async with aclosing(lines):
        async for some in lines:
            yield await run_in_threadpool(some.text) if isinstance(some, Packed) else some


async def gzipped(lines: AsyncGenerator[bytes | Packed, None]) -> AsyncGenerator[bytes, None]:
    """Yield lines as one gzip file."""
    file = Gzip()
    async with aclosing(lines):
        async for some in lines:
            yield await run_in_threadpool(file.add, some)
    yield file.end()


def accepts_gzip(accept_encoding: str) -> bool:
    """Say whether gzip may be sent (RFC 9110, section 12.5.3)."""
    weights = dict(_weight(one) for one in accept_encoding.split(","))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(element: str) -> tuple[str, float]:
    name, _, parameter = element.partition(";")
    try:
        weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
    except ValueError:
        weight = 0.0
    return name.strip().lower(), weight
