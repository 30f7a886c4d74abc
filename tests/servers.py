"""The real servers that tests run against, and the one choice of where they come from.

``MONGODB_URL`` and ``NATS_URL`` name servers that are there. Else ``TESTS_SERVERS`` says: ``local`` (the default) runs
this machine's own mongod and nats-server, ``containers`` runs those of tests/containers.py, ``auto`` runs containers
where Docker answers and local ones where it does not. Servers that a test kills and restarts are always local.
"""

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

from local.free_ports import free_port
from local.mongod import Mongod
from local.nats import running_nats
from local.nats_users import users
from tests.containers import docker_answers, mongo_container, nats_container

TESTS_SERVERS = "TESTS_SERVERS"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Where this run's servers come from."""

    in_containers: bool
    given_mongodb_url: str | None
    given_nats_url: str | None

    @classmethod
    def chosen(cls) -> Servers:
        """Return what the environment asks for. Raises ValueError for a wish that cannot be met."""
        wish = os.environ.get(TESTS_SERVERS) or "local"
        if wish not in {"local", "containers", "auto"}:
            raise ValueError(f"{TESTS_SERVERS} is {wish!r}: local, containers or auto")
        containers = wish != "local" and docker_answers()
        if wish == "containers" and not containers:
            raise ValueError(f"{TESTS_SERVERS}=containers, and no Docker engine answers here; auto would be local then")
        return cls(
            in_containers=containers,
            given_mongodb_url=os.environ.get("MONGODB_URL"),
            given_nats_url=os.environ.get("NATS_URL"),
        )

    @contextmanager
    def mongodb(self) -> Iterator[str]:
        """Give the URL of a replica set for many tests."""
        if self.given_mongodb_url:
            yield self.given_mongodb_url
        elif self.in_containers:
            with mongo_container() as url:
                yield url
        else:
            with mongod_for_tests() as mongod:
                yield mongod.url

    @contextmanager
    def shared_nats(self) -> Iterator[str | None]:
        """Give the URL of a nats-server for many tests; None where each can have one of its own in no time."""
        if self.in_containers and not self.given_nats_url:
            with nats_container() as url:
                yield url
        else:
            yield self.given_nats_url

    @asynccontextmanager
    async def nats_with_users(self) -> AsyncIterator[NatsWithUsers]:
        """Run a nats-server on which every user may do only what the permission table says; nothing is provisioned."""
        table = {user: f"password-of-{user.name}" for user in users()}
        passwords = {user.name: word for user, word in table.items()}
        if self.in_containers:
            with nats_container(table) as url:
                yield NatsWithUsers(url=url, passwords=passwords)
        else:
            with scratch() as folder:
                async with running_nats(folder, users=table) as server:
                    yield NatsWithUsers(url=server.url, passwords=passwords)


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
