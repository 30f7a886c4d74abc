"""Three nodes of NATS: what follows a stream goes on with it while its leaders come and go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from local.binaries import NATS_SERVER
from local.process import Process, free_port
from shared.bus.reading import Head, StoredStream
from shared.bus.topology import CATALOGUE, provision
from tests.servers import scratch
from tests.waiting import eventually

NODES = 3


@dataclass(slots=True)
class Cluster:
    folder: Path
    ports: tuple[int, ...]
    routes: tuple[int, ...]
    nodes: dict[int, Process]

    def start(self, number: int) -> None:
        name = f"n{number}"
        cluster = {
            "name": "tests",
            "listen": f"127.0.0.1:{self.routes[number]}",
            "routes": [f"nats://127.0.0.1:{port}" for port in self.routes],
        }
        file = self.folder / f"{name}.conf"
        file.write_text(
            f"listen: 127.0.0.1:{self.ports[number]}\nserver_name: {name}\ncluster: {json.dumps(cluster)}\n"
            f"jetstream {{ store_dir: {json.dumps(str(self.folder / name))} }}\n"
        )
        self.nodes[number] = Process([NATS_SERVER.find(), "--config", file], log=self.folder / f"{name}.log")

    async def connect(self) -> Client:
        async def ignore(_: Exception) -> None: ...

        return await nats.connect(
            [f"nats://127.0.0.1:{port}" for port in self.ports],
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.1,
            error_cb=ignore,
        )


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    with scratch() as folder:
        made = Cluster(
            folder=folder,
            ports=tuple(free_port() for _ in range(NODES)),
            routes=tuple(free_port() for _ in range(NODES)),
            nodes={},
        )
        for number in range(NODES):
            made.start(number)
        yield made
        await asyncio.gather(*(node.kill() for node in made.nodes.values()))


async def _provision(connection: Client) -> bool:
    try:
        await provision(connection.jetstream(timeout=5), replicas=NODES)
    except (NatsError, TimeoutError):
        return False
    return True


async def test_a_stream_is_the_same_one_whichever_node_leads_it(cluster: Cluster) -> None:
    connection = await eventually(cluster.connect, 30)
    await eventually(lambda: _provision(connection), 60)
    stream = StoredStream(connection, CATALOGUE)
    await connection.jetstream(timeout=5).publish("catalogue.a", b"a", stream=CATALOGUE)
    before = await stream.head()
    # The next start of the installation: nats-server notes a new time for what is as it should be already.
    await eventually(lambda: _provision(connection), 60)
    leaders = set()

    async def head() -> tuple[str, Head] | None:
        try:
            info = await stream.js.stream_info(CATALOGUE)
            found = await stream.head()
        except (NatsError, TimeoutError):
            return None
        leader = info.cluster.leader if info.cluster else None
        copies = info.cluster.replicas or [] if info.cluster else []
        return (leader, found) if leader and len(copies) == 2 and all(copy.current for copy in copies) else None

    leader, _ = await eventually(head, 30)
    for _ in range(NODES):
        leaders.add(leader)
        number = int(leader[1:])
        await cluster.nodes[number].stop()
        cluster.start(number)
        leader, after = await eventually(head, 60)
        assert after == before
    await connection.close()
    assert len(leaders) > 1
