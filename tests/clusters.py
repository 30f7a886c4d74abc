"""Servers of three on this machine, set up as docker-compose.cluster.yml has them: what one of them dies of, two bear.

``kill`` and ``restart`` mean the member that leads; each can also be had by itself.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from local.binaries import NATS_SERVER
from local.free_ports import free_port
from local.mongod import REPLICA_SET, Mongod
from local.nats_configuration import configuration
from local.process import DidNotStart, Process
from shared.bus.connect import servers_in
from tests.waiting import eventually

MEMBERS = 3
PATIENCE_SECONDS = 60.0


class Member(Mongod):
    """A mongod that is up when it answers: whether it leads is a matter of all."""

    async def _primary(self) -> bool:
        return bool(await asyncio.to_thread(self.hello))

    def hello(self) -> dict[str, Any]:
        """Return what it says of itself; nothing while it does not answer."""
        try:
            with self.client() as client:
                return client.admin.command("hello")
        except PyMongoError:
            return {}

    def client(self) -> MongoClient[dict[str, Any]]:
        """Return a client of this member alone."""
        return MongoClient(
            "127.0.0.1",
            self.port,
            directConnection=True,
            serverSelectionTimeoutMS=1000,
            serverMonitoringMode="poll",
        )


class ReplicaSet:
    """Three members of MongoDB; the first is preferred."""

    def __init__(self, folder: Path, *, test_commands: bool = False) -> None:
        self.members = tuple(
            Member(folder / f"member-{number}", free_port(), test_commands=test_commands) for number in range(MEMBERS)
        )
        self._folder = folder
        self._down: list[Member] = []

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{member.port}" for member in self.members)
        return f"mongodb://{hosts}/?replicaSet={REPLICA_SET}&serverMonitoringMode=poll"

    @property
    def primary(self) -> Member:
        """The member that leads; raises DidNotStart while there is none."""
        for member in self.members:
            if member not in self._down and member.hello().get("isWritablePrimary"):
                return member
        raise DidNotStart("the replica set has no primary")

    @property
    def process(self) -> Process:
        return self.primary.process

    async def start(self) -> None:
        """Start all and wait until one leads and the others have its data."""
        for member in self.members:
            (self._folder / f"member-{self.members.index(member)}").mkdir(parents=True, exist_ok=True)
        await asyncio.gather(*(member.start() for member in self.members))
        await asyncio.to_thread(self._initiate)
        await eventually(self.is_whole, PATIENCE_SECONDS, every=0.2)

    def _initiate(self) -> None:
        members = [
            {"_id": number, "host": f"127.0.0.1:{member.port}", "priority": 1 if number else 2}
            for number, member in enumerate(self.members)
        ]
        with self.members[0].client() as client:
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})

    async def is_whole(self) -> bool:
        """Whether one leads and all others follow it."""
        told = await asyncio.gather(*(asyncio.to_thread(member.hello) for member in self.members))
        return (
            sum(bool(one.get("isWritablePrimary")) for one in told) == 1
            and sum(bool(one.get("secondary")) for one in told) == MEMBERS - 1
        )

    async def stop(self) -> None:
        await asyncio.gather(*(member.stop() for member in self.members))

    async def kill(self) -> None:
        """Kill the one that leads."""
        primary = await eventually(self._leader, PATIENCE_SECONDS)
        self._down.append(primary)
        await primary.kill()

    async def _leader(self) -> Member | None:
        try:
            return await asyncio.to_thread(lambda: self.primary)
        except DidNotStart:
            return None

    async def restart(self) -> None:
        """Start again what was killed."""
        while self._down:
            await self._down.pop().restart()


class Node:
    """One nats-server of a cluster."""

    def __init__(self, folder: Path, number: int, *, routes: tuple[int, ...]) -> None:
        self.name = f"n{number}"
        self.port = free_port()
        self.store = folder / self.name / "data"
        self._folder = folder / self.name
        self._number = number
        self._routes = routes
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def process(self) -> Process:
        """The present run; raises ``DidNotStart`` before the first one."""
        if self._process is None:
            raise DidNotStart(f"{self.name} was not started")
        return self._process

    def start(self) -> None:
        """Start it; whether all of them go on together is a matter of the cluster."""
        self._folder.mkdir(parents=True, exist_ok=True)
        plain = configuration(
            self.store,
            self.port,
            {},
            partners=self._folder / "partners.conf",
            pid_file=self._folder / "nats-server.pid",
        )
        (self._folder / "nats.conf").write_text(plain)
        cluster = {
            "name": "tests",
            "listen": f"127.0.0.1:{self._routes[self._number]}",
            "routes": [f"nats://127.0.0.1:{port}" for port in self._routes],
        }
        file = self._folder / "nats_cluster.conf"
        file.write_text(f'include "nats.conf"\nserver_name: {self.name}\ncluster: {json.dumps(cluster)}\n')
        self._process = Process([NATS_SERVER.find(), "--config", file], log=self._folder / "nats-server.log")

    async def restart(self) -> None:
        self.start()

    async def stop(self) -> None:
        if self._process is not None:
            await self._process.stop()

    async def kill(self) -> None:
        await self.process.kill()

    def lose_store(self) -> None:
        """Forget all data of it, while it is down."""
        shutil.rmtree(self.store)


class NatsCluster:
    """Three nodes of NATS."""

    def __init__(self, folder: Path) -> None:
        routes = tuple(free_port() for _ in range(MEMBERS))
        self.nodes = tuple(Node(folder, number, routes=routes) for number in range(MEMBERS))
        self._down: list[Node] = []

    @property
    def url(self) -> str:
        return "nats://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    @property
    def process(self) -> Process:
        """The first node that runs."""
        return next(node for node in self.nodes if node not in self._down).process

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    async def connect(self) -> Client:
        """Connect to whichever answers; it goes on to another when that dies."""

        async def ignore(_: Exception) -> None: ...

        return await nats.connect(
            servers_in(self.url), max_reconnect_attempts=-1, reconnect_time_wait=0.1, error_cb=ignore
        )

    async def start(self) -> None:
        """Start all and wait until JetStream has a leader."""
        for node in self.nodes:
            node.start()
        await eventually(self._leads, PATIENCE_SECONDS, every=0.1)

    async def _leads(self) -> bool:
        try:
            connection = await nats.connect(servers_in(self.url), allow_reconnect=False, connect_timeout=1)
        except (OSError, nats.errors.Error, TimeoutError):
            return False
        try:
            await connection.jetstream(timeout=1).account_info()
        except (nats.errors.Error, TimeoutError):
            return False
        finally:
            await connection.close()
        return True

    async def stop(self) -> None:
        await asyncio.gather(*(node.stop() for node in self.nodes))

    async def kill(self, name: str | None = None) -> None:
        """Kill one, or the first that runs."""
        node = self.node(name) if name else next(node for node in self.nodes if node not in self._down)
        self._down.append(node)
        await node.kill()

    async def restart(self) -> None:
        """Start again what was killed; the cluster takes it in by itself."""
        while self._down:
            self._down.pop().start()
