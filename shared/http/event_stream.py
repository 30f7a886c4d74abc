"""Server-sent events (WHATWG HTML, section 9.2): an answer that goes on until its events end or its reader is gone."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final

from pydantic_core import to_json
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from shared.http.head import ASKED_BY_HEAD
from shared.tasks import stopped

MEDIA_TYPE: Final = "text/event-stream"
SEND_SECONDS: Final = 10.0
# Proxies that gather what they pass on (nginx) are asked not to.
_HEADERS: Final = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}


def event(name: str, data: Any, *, retry_seconds: float | None = None) -> bytes:
    """Return one event; ``retry_seconds`` is how long a reader waits before it comes again when the stream ended."""
    retry = b"" if retry_seconds is None else f"retry: {round(retry_seconds * 1000)}\n".encode()
    return retry + b"event: " + name.encode() + b"\ndata: " + to_json(data) + b"\n\n"


def comment(text: str) -> bytes:
    """Return a line that readers pass over: it keeps the connection open on its way through proxies."""
    return b": " + text.encode() + b"\n\n"


def documented(
    description: str, *, name: str | None = None, data: dict[str, Any], ids: str | None = None
) -> dict[int | str, dict[str, Any]]:
    """Return ``responses=`` of a route that answers with events of this name; ``data`` is the JSON Schema of theirs.

    OpenAPI 3.1 has no word for a stream: the schema is that of each event in it. ``ids`` says what their ``id`` is.
    """
    named = {"event": {"type": "string", "const": name}} if name else {}
    numbered = {"id": {"type": "string", "description": ids}} if ids else {}
    each = {
        "type": "object",
        "required": [*named, "data"],
        "properties": {
            **named,
            **numbered,
            "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": data},
            "retry": {"type": "integer", "description": "Milliseconds to wait before coming again"},
        },
    }
    return {200: {"description": description, "content": {MEDIA_TYPE: {"schema": each}}}}


class EventStream(StreamingResponse):
    """Sends what ``events`` yields. What that raises before its first event is answered as the refusal it is.

    A reader who takes longer than ``send_seconds`` for one event is dropped: they come again by themselves.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self,
        events: AsyncGenerator[bytes, None],
        *,
        send_seconds: float = SEND_SECONDS,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(events, headers={**_HEADERS, **(headers or {})})
        self._events = events
        self._send_seconds = send_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with contextlib.aclosing(self._events) as events:
            first = await anext(events)
            if scope.get(ASKED_BY_HEAD):
                await self._begin(send)
                await _end(send)
                return
            talking = asyncio.create_task(self._talk(first, events, send))
            gone = asyncio.create_task(_gone(receive))
            try:
                await asyncio.wait((talking, gone), return_when=asyncio.FIRST_COMPLETED)
            finally:
                await stopped(talking, gone)
            if not talking.cancelled():
                talking.result()

    async def _talk(self, first: bytes, events: AsyncGenerator[bytes, None], send: Send) -> None:
        await self._begin(send)
        try:
            await self._say(first, send)
            async for one in events:
                await self._say(one, send)
        except TimeoutError:
            return  # without an end: the server cuts the connection
        await _end(send)

    async def _begin(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})

    async def _say(self, one: bytes, send: Send) -> None:
        async with asyncio.timeout(self._send_seconds):
            await send({"type": "http.response.body", "body": one, "more_body": True})


async def _end(send: Send) -> None:
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
