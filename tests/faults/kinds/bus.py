"""Faults of NATS: streams and durables that somebody deletes, leaders that go, a node that comes back without its data.

What is deleted is not put back here: the system has to do that by itself.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from shared.bus.connect import servers_in
from shared.bus.topology import CATALOGUE, DEAD_LETTERS, DURABLES, EVENTS, PUBLIC
from tests.clusters import NatsCluster, Node
from tests.faults.fault import Act, Fault
from tests.system import System
from tests.waiting import eventually

STREAMS = (EVENTS, CATALOGUE, PUBLIC, DEAD_LETTERS)
LOSS_SECONDS = 2.0  # what is gone is gone: nothing is held
ALL_LOST = "all streams deleted"


def faults(*, cluster: bool) -> tuple[Fault, ...]:
    deleted = (
        Fault(name="durable deleted", act=_durable_deleted, longest=LOSS_SECONDS),
        *(Fault(name=_lost(name), act=_deleted(name), longest=LOSS_SECONDS) for name in STREAMS),
        Fault(name=ALL_LOST, act=_deleted(*STREAMS), longest=LOSS_SECONDS),
    )
    if not cluster:
        return deleted
    return (
        *deleted,
        Fault(name="leader of EVENTS killed", act=_leader_killed, longest=8.0),
        Fault(name="leader of a stream steps down", act=_stream_leader_steps_down, longest=LOSS_SECONDS),
        Fault(name="leader of a durable steps down", act=_durable_leader_steps_down, longest=LOSS_SECONDS),
        Fault(name="store of a node deleted", act=_store_deleted, longest=8.0),
    )


def _lost(stream: str) -> str:
    return f"stream {stream} deleted"


def fills_events_again(faults: Iterable[str]) -> bool:
    """Whether EVENTS was lost by one of these faults, so that all of it was published again."""
    return not {ALL_LOST, _lost(EVENTS)}.isdisjoint(faults)


@asynccontextmanager
async def connected(system: System) -> AsyncIterator[Client]:
    connection = await nats.connect(servers_in(system.nats.url), connect_timeout=5)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def _durable_deleted(system: System, dice: random.Random) -> AsyncIterator[str]:
    durable = dice.choice(DURABLES)
    async with connected(system) as connection:
        await connection.jetstream().delete_consumer(EVENTS, durable.name)
    yield durable.name


def _deleted(*names: str) -> Act:
    @asynccontextmanager
    async def act(system: System, dice: random.Random) -> AsyncIterator[str | None]:
        order = dice.sample(names, len(names))
        async with connected(system) as connection:
            for name in order:
                await _delete(connection, name)
        yield ", ".join(order) if len(order) > 1 else None

    return act


async def _delete(connection: Client, name: str) -> None:
    with suppress(NotFoundError):
        await connection.jetstream(timeout=10).delete_stream(name)


async def _leader(system: System, stream: str) -> Node:
    """Return the node that leads a stream, which for a moment may be none."""
    assert isinstance(system.nats, NatsCluster)

    async def led() -> str | None:
        try:
            async with connected(system) as connection:
                info = await connection.jetstream(timeout=2).stream_info(stream)
        except (NatsError, TimeoutError):
            return None
        return info.cluster.leader if info.cluster else None

    return system.nats.node(await eventually(led, 30, every=0.2))


@asynccontextmanager
async def _leader_killed(system: System, _: random.Random) -> AsyncIterator[str]:
    assert isinstance(system.nats, NatsCluster)
    node = await _leader(system, EVENTS)
    await system.nats.kill(node.name)
    try:
        yield node.name
    finally:
        await system.nats.restart()


@asynccontextmanager
async def _stream_leader_steps_down(system: System, dice: random.Random) -> AsyncIterator[str]:
    stream = dice.choice(STREAMS)
    node = await _leader(system, stream)
    async with connected(system) as connection:
        await connection.request(f"$JS.API.STREAM.LEADER.STEPDOWN.{stream}", b"", timeout=5)
    yield f"{node.name} of {stream}"


@asynccontextmanager
async def _durable_leader_steps_down(system: System, dice: random.Random) -> AsyncIterator[str]:
    durable = dice.choice(DURABLES)
    async with connected(system) as connection:
        await connection.request(f"$JS.API.CONSUMER.LEADER.STEPDOWN.{EVENTS}.{durable.name}", b"", timeout=5)
    yield durable.name


@asynccontextmanager
async def _store_deleted(system: System, dice: random.Random) -> AsyncIterator[str]:
    """Let a node come back without its data; it has to catch up from the others, before another one may go."""
    assert isinstance(system.nats, NatsCluster)
    node = dice.choice(system.nats.nodes)
    await system.nats.kill(node.name)
    await asyncio.to_thread(node.lose_store)
    try:
        yield node.name
    finally:
        await system.nats.restart()
        await eventually(lambda: _is_current(system), 60, every=0.5)


async def _is_current(system: System) -> bool:
    """Whether every copy of every stream has all that its leader has."""
    try:
        async with connected(system) as connection:
            infos = [await connection.jetstream(timeout=2).stream_info(name) for name in STREAMS]
    except (NatsError, TimeoutError):
        return False
    copies = [(info.cluster.replicas or []) if info.cluster else [] for info in infos]
    return all(len(some) == 2 and all(copy.current and not copy.offline for copy in some) for some in copies)
