"""A lean HTTP/1.1 load generator: what it costs itself is little, so that it does not hide what is measured."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Requests a second, and each request's seconds."""

    rate: float
    seconds: tuple[float, ...]


async def post_load(
    url: str, body: Callable[[int], bytes], *, clients: int, requests: int, headers: dict[str, str]
) -> Load:
    """POST ``requests`` JSON bodies with ``clients`` kept-alive connections; raises when an answer is not 2xx."""
    parts = urlsplit(url)
    numbers = iter(range(requests))
    taken: list[float] = []
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    async def client() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            for number in numbers:
                payload = body(number)
                started = time.perf_counter()
                writer.write(f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload)
                await _answer(reader)
                taken.append(time.perf_counter() - started)
        finally:
            writer.close()
            await writer.wait_closed()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return Load(rate=requests / (time.perf_counter() - started), seconds=tuple(taken))


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    status = head.split(b" ", 2)[1]
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = await reader.readexactly(length)
    if not status.startswith(b"2"):
        raise RuntimeError(f"answered {status.decode()}: {body[:500].decode(errors='replace')}")
