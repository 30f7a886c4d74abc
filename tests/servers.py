"""The real servers that tests run against."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import nats
from nats.aio.client import Client

from local.mongod import Mongod
from local.process import free_port


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsWithUsers:
    """A nats-server with the permission table, and the password of each user."""

    url: str
    passwords: Mapping[str, str]

    async def connect(self, user: str, refusals: list[str] | None = None) -> Client:
        """Connect as one user; what the server refuses is added to ``refusals``."""

        async def refused(error: Exception) -> None:
            if refusals is not None:
                refusals.append(str(error))

        return await nats.connect(
            self.url,
            user=user,
            password=self.passwords[user],
            inbox_prefix=f"_INBOX.{user}".encode(),
            error_cb=refused,
            allow_reconnect=False,
        )


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for a server's data: in memory where there is such a place, because the tests' data may be lost."""
    memory = Path("/dev/shm")
    parent = str(memory) if memory.is_dir() and os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="practice-exchange-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def mongod_for_tests() -> Iterator[Mongod]:
    """Run one mongod for many tests, each of which has a loop of its own."""
    with scratch() as folder, asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        mongod = Mongod(folder, free_port(), test_commands=True)
        try:
            runner.run(mongod.start())
            yield mongod
        finally:
            runner.run(mongod.kill())  # its data is thrown away: no reason to wait


@asynccontextmanager
async def emptied(url: str) -> AsyncIterator[str]:
    """A server that others use too: forget the streams that an earlier test left."""
    connection = await nats.connect(url)
    jetstream = connection.jetstream()
    for stream in await jetstream.streams_info():
        await jetstream.delete_stream(stream.config.name or "")
    await connection.close()
    yield url
