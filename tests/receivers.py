"""Receivers of webhooks on this machine: one that answers as it is told, and those that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Answering = Callable[["Received", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader = field(repr=False, compare=False)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


def status(code: int, **headers: str) -> Answering:
    """Answer with a status and a short body."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    whole = f"HTTP/1.1 {code} Whatever\r\n{lines}Content-Length: 4\r\n\r\ndone".encode()

    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(whole)

    return answer


async def hang(request: Received, _: asyncio.StreamWriter) -> None:
    """Say nothing until the other side leaves."""
    await request.reader.read()


async def drip(_: Received, writer: asyncio.StreamWriter) -> None:
    """One byte of the head at a time, for ever."""
    for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 100_000:
        writer.write(bytes([letter]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def close(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def babble(_: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"this is no HTTP at all\r\n\r\n")
    writer.close()


@dataclass(slots=True)
class Flood:
    """200 with a body of a gigabyte; ``sent`` is how much of it went out."""

    sent: int = 0

    async def __call__(self, _: Received, writer: asyncio.StreamWriter) -> None:
        size = 1 << 30
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {size}\r\n\r\n".encode())
        chunk = b"x" * 65_536
        while self.sent < size:
            writer.write(chunk)
            await writer.drain()
            self.sent += len(chunk)


@dataclass(slots=True)
class Receiver:
    """``answering`` is how each request is answered; replace it to change its mind."""

    answering: Answering = field(default_factory=lambda: status(200))
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    under_way: int = 0
    most_under_way: int = 0
    port: int = 0
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/in"

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.received]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                await self._one(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = Received(path=head[0].split(" ")[1], headers=headers, body=body, reader=reader)
        self.received.append(request)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await self.answering(request, writer)
        finally:
            self.under_way -= 1
        if not writer.is_closing():
            await writer.drain()


@asynccontextmanager
async def receiving(
    answering: Answering | None = None, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """Run a receiver until the block ends."""
    receiver = Receiver(scheme="https" if tls else "http")
    if answering:
        receiver.answering = answering
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            await receiver.serve(reader, writer)
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls, limit=1 << 20)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
