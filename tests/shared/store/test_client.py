"""Connecting says what is wrong with the server, not what a transaction says later."""

import asyncio

import pytest
from pymongo.errors import ConfigurationError

from local.binaries import MONGOD
from local.free_ports import free_port
from local.mongod import environment
from local.process import Process
from shared.store.client import Store
from tests.servers import scratch


async def test_a_server_without_a_replica_set_is_refused_in_words() -> None:
    port = free_port()
    with scratch() as folder:
        (folder / "data").mkdir()
        command = [str(MONGOD.find()), "--dbpath", str(folder / "data"), "--port", str(port), "--bind_ip", "127.0.0.1"]
        command += ["--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"]
        server = Process(command, log=folder / "log", environment=environment(folder))
        try:
            async with asyncio.timeout(60):
                with pytest.raises(ConfigurationError, match="replica set"):
                    await _connected(f"mongodb://127.0.0.1:{port}/?serverMonitoringMode=poll")
        finally:
            await server.stop()


async def _connected(url: str) -> None:
    while True:
        try:
            store = await Store.connect(url, "alone", service="test")
        except ConfigurationError:
            raise
        except Exception:  # noqa: BLE001 - it is still starting
            continue
        await store.close()
        return


async def test_a_collection_is_made_once_and_writes_to_a_majority(mongodb_url: str, database: str) -> None:
    store = await Store.connect(mongodb_url, database, service="test")
    try:
        things = store.db["things"]
        assert things is store.db["things"]
        assert things is not store.db["others"]
        assert things.write_concern.document == {"w": "majority"}
        await things.insert_one({"_id": "a"})
        assert await store.db["things"].find_one() == {"_id": "a"}
        assert await store.db["others"].find_one() is None
    finally:
        await store.close()
