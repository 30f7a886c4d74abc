"""Three nodes of NATS: what follows a stream goes on with it while its leaders come and go."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.bus.reading import Head, StoredStream
from shared.bus.topology import CATALOGUE, EVENTS, PUBLIC, provision
from tests.clusters import MEMBERS, NatsCluster
from tests.servers import scratch
from tests.waiting import eventually


@pytest.fixture
async def cluster() -> AsyncIterator[NatsCluster]:
    with scratch() as folder:
        made = NatsCluster(folder)
        try:
            await made.start()
            yield made
        finally:
            await asyncio.gather(*(node.kill() for node in made.nodes))


async def _provision(connection: Client) -> bool:
    try:
        await provision(connection.jetstream(timeout=5), replicas=MEMBERS)
    except (NatsError, TimeoutError):
        return False
    return True


async def test_a_stream_is_the_same_one_whichever_node_leads_it(cluster: NatsCluster) -> None:
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
    for _ in range(MEMBERS):
        leaders.add(leader)
        node = cluster.node(leader)
        await node.stop()
        node.start()
        leader, after = await eventually(head, 60)
        assert after == before
    await connection.close()
    assert len(leaders) > 1


async def test_a_stream_that_is_made_again_has_as_many_copies_as_the_others(cluster: NatsCluster) -> None:
    connection = await eventually(cluster.connect, 30)
    await eventually(lambda: _provision(connection), 60)
    js = connection.jetstream(timeout=10)
    await js.delete_stream(PUBLIC)
    await provision(js)
    copies = {name: (await js.stream_info(name)).config.num_replicas for name in (EVENTS, PUBLIC)}
    await connection.close()
    assert copies == {EVENTS: MEMBERS, PUBLIC: MEMBERS}


async def test_provisioning_waits_for_a_node_that_is_not_there_yet() -> None:
    with scratch() as folder:
        cluster = NatsCluster(folder)
        first, second, last = cluster.nodes
        try:
            first.start()
            second.start()
            command = [sys.executable, "-m", "shared.bus", "provision", "--replicas", str(MEMBERS)]
            await (await eventually(cluster.connect, 60)).close()
            run = await asyncio.create_subprocess_exec(
                *command, env={**os.environ, "NATS_URL": first.url}, stderr=PIPE, stdout=PIPE
            )
            assert run.stderr is not None
            assert b"not ready yet" in await asyncio.wait_for(run.stderr.readline(), 60)
            last.start()
            told, _ = await asyncio.wait_for(run.communicate(), 120)
            assert (run.returncode, b"as they should be" in told) == (0, True)
        finally:
            await cluster.stop()
