"""Starts again what ended by itself or is past help, as what supervises processes or containers does.

A service without its database ends, and so does mongod on a full disk. nats-server goes on after a full disk and stores
nothing for as long as it runs: its health check tells, which is to end it (docker-compose.yml has the same check).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from collections.abc import AsyncIterator
from typing import Final

import httpx

from local.mongod import Mongod
from local.nats import NatsServer
from local.process import DidNotStart, Process
from shared.tasks import stopped
from tests.clusters import NatsCluster, Node, ReplicaSet
from tests.system import System

_EVERY_SECONDS: Final = 0.5
_HEALTH_SECONDS: Final = 5.0
PAST_HELP: Final = re.compile(r"write error|no space left|JetStream.*(disabled|not enabled)", re.IGNORECASE)


@contextlib.asynccontextmanager
async def supervised(system: System) -> AsyncIterator[None]:
    """Supervise everything until the block ends; what somebody killed is left to them."""
    tasks = [asyncio.create_task(work(system)) for work in (_services, _servers, _health)]
    try:
        yield
    finally:
        await stopped(*tasks)


async def _services(system: System) -> None:
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        for service, process in list(system.services.items()):
            if _ended_itself(process):
                system.start(service)


async def _servers(system: System) -> None:
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        for server in _each_server(system):
            if _ended_itself(server.process):
                with contextlib.suppress(DidNotStart):  # not yet
                    await server.restart()


def _each_server(system: System) -> tuple[Mongod | NatsServer | Node, ...]:
    mongods = system.mongod.members if isinstance(system.mongod, ReplicaSet) else (system.mongod,)
    nodes = system.nats.nodes if isinstance(system.nats, NatsCluster) else (system.nats,)
    return (*mongods, *nodes)


async def _health(system: System) -> None:
    while isinstance(system.nats, NatsServer):
        await asyncio.sleep(_HEALTH_SECONDS)
        if system.nats.monitor_port and await _past_help(system.nats.monitor_port):
            await system.nats.stop()  # and it is started again like all that ended


async def _past_help(monitor_port: int) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            answer = await client.get(f"http://127.0.0.1:{monitor_port}/healthz", timeout=5)
        except httpx.HTTPError:
            return False  # down or busy, which a start does not mend
        return bool(PAST_HELP.search(answer.text))


def _ended_itself(process: Process) -> bool:
    return process.code not in (None, -signal.SIGKILL)
