"""Replies awaited in place: cancelled, late, given up or cut off, what happens is what PyMongo says."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pymongo
import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous import pool
from pymongo.errors import ExecutionTimeout, NetworkTimeout, _OperationCancelled

from shared.store import reading
from shared.store.client import Store
from tests.waiting import eventually

SLOW = {"$where": "sleep(20000) || true"}


@pytest.fixture
async def store(mongodb_url: str, database: str) -> AsyncIterator[Store]:
    store = await Store.connect(mongodb_url, database, service="test")
    await store.db["things"].insert_one({"_id": "a"})
    yield store
    await store.close()


def test_this_is_how_pymongo_reads() -> None:
    assert pymongo.version_tuple[:2] == reading.KNOWN, "look whether PyMongo still begins two tasks for every reply"
    reading.read_in_place()
    assert vars(pool)["async_receive_message"] is reading._receive_in_place


async def test_no_task_is_begun_for_a_reply(store: Store) -> None:
    tasks = 0

    def factory(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> "asyncio.Task[Any]":
        nonlocal tasks
        tasks += 1
        return asyncio.Task(work, loop=loop, **more)

    await store.db["things"].find_one()  # a connection is open
    asyncio.get_running_loop().set_task_factory(factory)
    try:
        for _ in range(5):
            await store.db["things"].find_one()
    finally:
        asyncio.get_running_loop().set_task_factory(None)
    assert tasks == 0


async def test_who_is_cancelled_while_waiting_leaves_the_client_in_order(store: Store) -> None:
    tasks = [asyncio.create_task(store.db["things"].find_one(SLOW)) for _ in range(4)]
    await eventually(lambda: _under_way(store, 4))
    for task in tasks:
        task.cancel()
    done, still = await asyncio.wait(tasks, timeout=5)
    assert not still
    assert all(task.cancelled() for task in done)
    assert await store.db["things"].find_one() == {"_id": "a"}


async def test_an_operation_has_the_time_it_is_given(store: Store) -> None:
    with pytest.raises((NetworkTimeout, ExecutionTimeout)):  # the server is told of it as well: whoever is first
        await _slow(store, seconds=0.2)
    assert await store.db["things"].find_one() == {"_id": "a"}


async def test_a_reply_has_the_time_of_the_socket(mongodb_url: str, database: str) -> None:
    reading.read_in_place()
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongodb_url, socketTimeoutMS=200)
    try:
        await client[database]["things"].insert_one({"_id": "a"})
        with pytest.raises(NetworkTimeout):
            await client[database].command({"find": "things", "filter": SLOW})
        assert await client[database]["things"].find_one() == {"_id": "a"}
    finally:
        await client.close()


async def test_a_connection_that_is_given_up_ends_its_wait(store: Store) -> None:
    task = asyncio.create_task(_slow(store, seconds=15))
    await eventually(lambda: _under_way(store, 1))
    for server in store.client._topology._servers.values():
        for context in list(server.pool.active_contexts):
            context.cancel()
    with pytest.raises(_OperationCancelled):
        await asyncio.wait_for(task, timeout=5)
    assert await store.db["things"].find_one() == {"_id": "a"}


async def _slow(store: Store, *, seconds: float) -> None:
    """As a command, which PyMongo does not try again."""
    with pymongo.timeout(seconds):
        await store.db.command({"find": "things", "filter": SLOW})


async def _under_way(store: Store, count: int) -> bool:
    operations = await store.client.admin.aggregate([{"$currentOp": {}}, {"$match": {"ns": f"{store.db.name}.things"}}])
    return len(await operations.to_list(None)) == count
