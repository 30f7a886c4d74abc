"""Passing a stream on: whoever goes away meanwhile leaves nothing behind that nobody looks at."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx

from services.web.calls.api import Api
from services.web.calls.passing import Passing


class Service:
    """A service that says one thing, and is torn away when it is asked to end."""

    def __init__(self) -> None:
        self.waits = asyncio.Event()

    @contextlib.asynccontextmanager
    async def stream(self, _path: str, **_: Any) -> AsyncIterator["Service"]:
        yield self

    async def aiter_raw(self) -> AsyncIterator[bytes]:
        yield b"first"
        try:
            self.waits.set()
            await asyncio.Event().wait()
        finally:
            raise httpx.ReadError("torn away")


async def test_a_browser_that_goes_away_leaves_no_error_behind() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    service = Service()
    seen: list[bytes] = []

    async def browser() -> None:
        async for piece in Passing().events(cast("Api", service), "/live"):
            seen.append(piece)  # noqa: PERF401 - as it comes

    reading = asyncio.create_task(browser())
    await service.waits.wait()
    reading.cancel()
    await asyncio.wait([reading])
    del reading
    gc.collect()
    assert (seen, told) == ([b"first"], [])
