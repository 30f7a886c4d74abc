"""The proxy of the fault runs makes the network as bad as it says, and no worse."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest

from tests.faults.proxy import Proxy, Way
from tests.waiting import eventually

SHORT = 0.15


@contextlib.asynccontextmanager
async def echo() -> AsyncIterator[int]:
    """A server that gives back what it gets and, at its end, ends; gives its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class Caller:
    """A client of the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, data: bytes, *, seconds: float = 5.0) -> bytes:
        self.writer.write(data)
        async with asyncio.timeout(seconds):
            return await self.reader.readexactly(len(data))


@contextlib.asynccontextmanager
async def called(proxy: Proxy) -> AsyncIterator[Caller]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield Caller(reader, writer)
    finally:
        writer.transport.abort()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    async with echo() as port, Proxy(port).running() as proxy:
        yield proxy


async def test_in_fine_weather_every_byte_passes_in_order_and_so_does_the_end(proxy: Proxy) -> None:
    data = bytes(range(256)) * 8_000
    async with called(proxy) as caller:
        assert await caller.ask(data) == data
        caller.writer.write_eof()
        assert await caller.reader.read() == b""
        await eventually(lambda: proxy.connections == 0)


async def test_a_cut_resets_what_is_there_and_what_comes_and_ends(proxy: Proxy) -> None:
    async with called(proxy) as before:
        assert await before.ask(b"before") == b"before"
        with proxy.cut():
            with pytest.raises(ConnectionResetError):
                await before.reader.read()
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                async with called(proxy) as during:
                    await during.ask(b"during")
        async with called(proxy) as after:
            assert await after.ask(b"after") == b"after"


@pytest.mark.parametrize("ways", [{Way.THERE}, {Way.BACK}, set(Way)])
async def test_a_black_hole_accepts_and_what_it_held_goes_through_afterwards(proxy: Proxy, ways: set[Way]) -> None:
    async with called(proxy) as before:
        with proxy.black_hole(ways):
            async with called(proxy) as during:
                for caller in (before, during):
                    with pytest.raises(TimeoutError):
                        await caller.ask(b"held", seconds=SHORT)
        async with asyncio.timeout(5):
            assert await before.reader.readexactly(4) == b"held"


async def test_a_forgotten_connection_stays_silent_and_a_new_one_works(proxy: Proxy) -> None:
    async with called(proxy) as before:
        assert await before.ask(b"known") == b"known"
        with proxy.black_hole(forgets=True), pytest.raises(TimeoutError):
            await before.ask(b"lost", seconds=SHORT)
        async with called(proxy) as after:
            assert await after.ask(b"after") == b"after"
        with pytest.raises(TimeoutError):
            await before.ask(b"silent", seconds=SHORT)


async def test_the_server_of_a_forgotten_connection_is_not_told_that_it_ended(proxy: Proxy) -> None:
    async with called(proxy) as before:
        assert await before.ask(b"known") == b"known"
        with proxy.black_hole(forgets=True):
            pass
        assert proxy.connections == 1
    async with called(proxy) as after:
        assert await after.ask(b"after") == b"after"
        assert proxy.connections == 2


async def test_a_slow_way_takes_its_time_once_for_each_way(proxy: Proxy) -> None:
    async with called(proxy) as caller:
        with proxy.slow(latency=SHORT):
            begun = time.monotonic()
            assert await caller.ask(b"slow") == b"slow"
            assert time.monotonic() - begun >= 2 * SHORT
        with proxy.slow({Way.BACK}, bytes_per_second=100_000):
            begun = time.monotonic()
            assert await caller.ask(b"x" * 30_000) == b"x" * 30_000
            assert time.monotonic() - begun >= 0.3


async def test_a_server_that_is_not_there_is_a_reset() -> None:
    async with echo() as port:
        pass
    async with Proxy(port).running() as proxy, called(proxy) as caller:
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await caller.ask(b"anybody?")
