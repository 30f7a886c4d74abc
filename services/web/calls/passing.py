"""Passing streams of events on from a service to a browser, and ending them when the front-end stops."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

import httpx

from services.web.calls.api import Api, Away
from shared.errors import Unavailable
from shared.tasks import stopped


class Passing:
    """The streams that are open; all end when ``running`` does, and browsers come again by themselves."""

    def __init__(self) -> None:
        self._over = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            self._over.set()

    async def events(self, api: Api, path: str) -> AsyncGenerator[bytes, None]:
        """Yield what the service sends, as it comes. Raises Unavailable when it cannot be had."""
        try:
            async with api.stream(path, headers={"accept": "text/event-stream"}, wait=True) as response:
                pieces = response.aiter_raw()
                over = asyncio.create_task(self._over.wait())
                try:
                    while piece := await _first(pieces, over):
                        yield piece
                finally:
                    await stopped(over)
        except Away as error:
            raise Unavailable("The count cannot be followed just now.") from error


async def _first(pieces: AsyncIterator[bytes], over: asyncio.Task[bool]) -> bytes | None:
    """Return the next piece, or None when there is none or the front-end stops."""
    coming = asyncio.create_task(_next(pieces))
    try:
        await asyncio.wait((coming, over), return_when=asyncio.FIRST_COMPLETED)
        return coming.result() if coming.done() else None
    except httpx.HTTPError:
        return None  # the service went away; browsers come again
    finally:
        await stopped(coming)  # also when the browser went away, and nobody would look at what it says


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)
