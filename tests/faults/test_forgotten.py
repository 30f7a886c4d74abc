"""A network that forgot its connections and tells nobody: both clients notice by themselves, in well under 30 s.

The promise is recovery within 30 s, of which finding out may take half.
"""

from __future__ import annotations

import asyncio
import time

from nats.aio.client import Client
from nats.errors import Error as NatsError

from local.mongod import Mongod
from local.nats import NatsServer
from shared.bus.connect import connect_nats
from shared.store.client import Store
from shared.telemetry.logs import configure
from tests.faults.proxy import Proxy

NOTICED_SECONDS = 20.0


async def test_a_forgotten_connection_is_noticed_and_made_anew(mongod: Mongod, nats_server: NatsServer) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_to_the_database(mongod.port))
        group.create_task(_to_nats(nats_server.port))


async def _to_the_database(port: int) -> None:
    async with Proxy(port).running() as proxy:
        store = await Store.connect(f"mongodb://127.0.0.1:{proxy.port}/?directConnection=true", "any", service="test")
        try:
            with proxy.black_hole(forgets=True):
                pass
            begun = time.monotonic()
            async with asyncio.timeout(NOTICED_SECONDS):
                assert await store.db["rows"].find_one({}) is None
            assert time.monotonic() - begun > 1, "the connection was not forgotten"
        finally:
            await store.close()


async def _to_nats(port: int) -> None:
    log = configure("test", level="CRITICAL")
    async with Proxy(port).running() as proxy:
        url = f"nats://127.0.0.1:{proxy.port}"
        connection = await connect_nats(url, name="review", user=None, password=None, log=log)
        try:
            with proxy.black_hole(forgets=True):
                pass
            async with asyncio.timeout(NOTICED_SECONDS):
                await _answered(connection)
        finally:
            await connection.close()


async def _answered(connection: Client) -> None:
    while True:
        try:
            await connection.flush(timeout=1)
        except (NatsError, TimeoutError):
            await asyncio.sleep(0.1)
        else:
            return
