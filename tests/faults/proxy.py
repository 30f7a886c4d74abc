"""A TCP proxy on the loopback between a client and a server, through which the network goes wrong on demand.

What passes is never changed: bytes come late, stay away, or the connection is reset. A connection keeps its order, as
TCP does.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import struct
import time
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from shared.tasks import stopped

_CHUNK = 64 * 1024
_WAITING_CHUNKS = 64  # what a slow way holds before it stops reading, as a window of TCP does
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER with no time: close sends RST


class Way(StrEnum):
    """The two directions of a connection."""

    THERE = "to the server"
    BACK = "from the server"


BOTH = frozenset(Way)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How one way is: ``holds`` lets nothing through; else each byte takes ``latency`` seconds, and at most
    ``bytes_per_second`` go.
    """

    holds: bool = False
    latency: float = 0.0
    bytes_per_second: float = math.inf


FINE = Weather()


class _Gate:
    """Open, shut, or (``forgotten``) shut for ever."""

    def __init__(self) -> None:
        self.forgotten = False
        self._open = asyncio.Event()
        self._open.set()

    async def passed(self) -> None:
        await self._open.wait()

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        if not self.forgotten:
            self._open.set()


@dataclass(eq=False, slots=True)
class _Connection:
    """One accepted connection and the one to the server that it goes on as."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    gates: dict[Way, _Gate] = field(default_factory=lambda: {way: _Gate() for way in Way})

    def reset(self) -> None:
        for writer in (self.client, self.server):
            _reset(writer)


class Proxy:
    """Listens on ``port`` of the loopback and passes every connection on to ``target``, another port of it.

    The server need not be there: then a connection is reset, as soon as that shows.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._listener: asyncio.Server | None = None
        self._weather = dict.fromkeys(Way, FINE)
        self._cut = False
        self._connections: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many pass through it now, forgotten ones included."""
        return len(self._connections)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Proxy]:
        """Listen until the block ends."""
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=512)
        self.port = self._listener.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self._listener.close()
            for connection in self._connections:
                connection.reset()
            await stopped(*self._tasks)

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """Reset every connection, and each new one at once."""
        self._cut = True
        for connection in self._connections:
            connection.reset()
        try:
            yield
        finally:
            self._cut = False

    @contextlib.contextmanager
    def black_hole(self, ways: Collection[Way] = BOTH, *, forgets: bool = False) -> Iterator[None]:
        """Accept, and let nothing through, the end of a connection included.

        Afterwards what was held goes through, as TCP sends again what was lost. With ``forgets`` connections of before
        stay silent for ever and only new ones work: so it is when a firewall has lost its table.
        """
        with self._being(ways, replace(FINE, holds=True)):
            yield
            if forgets:
                for connection in self._connections:
                    for gate in connection.gates.values():
                        gate.shut()
                        gate.forgotten = True

    @contextlib.contextmanager
    def slow(
        self, ways: Collection[Way] = BOTH, *, latency: float = 0.0, bytes_per_second: float = math.inf
    ) -> Iterator[None]:
        """Let what passes take ``latency`` seconds more, and no more than so many bytes a second on a connection."""
        with self._being(ways, Weather(latency=latency, bytes_per_second=bytes_per_second)):
            yield

    @contextlib.contextmanager
    def _being(self, ways: Collection[Way], weather: Weather) -> Iterator[None]:
        before = dict(self._weather)
        self._become(before | dict.fromkeys(ways, weather))
        try:
            yield
        finally:
            self._become(before)

    def _become(self, weather: dict[Way, Weather]) -> None:
        self._weather = weather
        for connection in self._connections:
            self._set_gates(connection)

    def _set_gates(self, connection: _Connection) -> None:
        for way, gate in connection.gates.items():
            if self._weather[way].holds:
                gate.shut()
            else:
                gate.open()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            _reset(writer)
            return
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _reset(writer)
            return
        connection = _Connection(client=writer, server=server_writer)
        self._connections.add(connection)
        self._set_gates(connection)
        if self._cut:  # meanwhile
            connection.reset()
        try:
            async with asyncio.TaskGroup() as passing:
                passing.create_task(self._pass(reader, server_writer, connection, Way.THERE))
                passing.create_task(self._pass(server_reader, writer, connection, Way.BACK))
        except* OSError:
            pass  # one end is gone: so is the other
        finally:
            connection.reset()
            self._connections.discard(connection)

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, connection: _Connection, way: Way
    ) -> None:
        """Pass on what comes from ``source`` until it ends; raises OSError when an end is gone."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_WAITING_CHUNKS)
        gate = connection.gates[way]
        free_at = 0.0
        async with asyncio.TaskGroup() as group:
            group.create_task(_deliver(under_way, sink, gate))
            while True:
                try:
                    data = await source.read(_CHUNK)
                except OSError:
                    await gate.passed()  # nor does that an end is gone get through
                    raise
                weather = self._weather[way]
                free_at = max(time.monotonic(), free_at) + len(data) / weather.bytes_per_second
                await under_way.put((free_at + weather.latency, data))
                if not data:
                    break


async def _deliver(under_way: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter, gate: _Gate) -> None:
    while True:
        due, data = await under_way.get()
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        await gate.passed()
        if sink.transport.is_closing():
            raise ConnectionResetError
        if not data:
            sink.write_eof()
            return
        sink.write(data)
        await sink.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    if not writer.transport.is_closing():
        with contextlib.suppress(OSError):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
    writer.transport.abort()
