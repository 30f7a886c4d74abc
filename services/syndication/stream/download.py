"""The catalogue in one answer: a line for each practice, and at last a cursor to go on from (NDJSON)."""

import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.syndication.stream.follow import Asked, Following
from services.syndication.stream.places import Places
from services.syndication.stream.telling import Telling
from shared.http.head import ASKED_BY_HEAD

MEDIA_TYPE: Final = "application/x-ndjson"
_LEVEL: Final = 1  # the next ones cost several times the time and save a tenth
_GZIP: Final = 16 + zlib.MAX_WBITS


class Downloads:
    """Those who download in this process."""

    def __init__(self, following: Following, places: Places) -> None:
        self._following = following
        self._places = places

    async def lines(self, asked: Asked) -> AsyncGenerator[bytes, None]:
        """Yield the lines, many at a time, the first time none: by then it is known that there will be an answer.

        Raises Unavailable or PlaceLost before that; later it raises, and the answer is cut off without its last line.
        """
        with self._places.place(asked.address):
            catching_up, telling = await self._following.begin(asked)
            yield b""
            events = 0
            async for piece in catching_up.pieces(telling.told):
                chosen = telling.chosen(piece.items)
                telling.told = piece.sequence
                events += len(chosen)
                yield b"".join(item.line for item in chosen)
            yield _last_line(telling, events)


def _last_line(telling: Telling, events: int) -> bytes:
    return to_json({"cursor": str(telling.position), "events": events}) + b"\n"


class Lines(StreamingResponse):
    """Sends lines, compressed where that is asked for; what they raise at first is answered as the refusal it is."""

    media_type = MEDIA_TYPE

    def __init__(self, lines: AsyncGenerator[bytes, None], *, compressed: bool) -> None:
        headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if compressed else {})
        super().__init__(_gzipped(lines) if compressed else lines, headers=headers)
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._lines) as lines:
            await anext(lines)
            if scope.get(ASKED_BY_HEAD):
                self.body_iterator = _nothing()
            await super().__call__(scope, receive, send)


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


async def _gzipped(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    async for some in lines:
        if packed := await run_in_threadpool(packer.compress, some):
            yield packed
    yield packer.flush()


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
