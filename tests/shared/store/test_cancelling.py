"""A client whose operations are given up while MongoDB is away goes on working afterwards."""

import asyncio
from typing import Any

import pymongo.lock
import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous import pool, topology

from local.free_ports import free_port
from shared.store.cancelling import make_cancelling_safe

TURNS = range(6)  # of the event loop between two cancellations


async def cancelled_twice(tasks: list[asyncio.Task[Any]], turns: int) -> None:
    for _ in range(2):
        for task in tasks:
            task.cancel()
        for _ in range(turns):
            await asyncio.sleep(0)
    _, still = await asyncio.wait(tasks, timeout=5)
    assert not still
    assert all(task.cancelled() for task in tasks)


@pytest.mark.parametrize("turns", TURNS)
async def test_waits_that_are_cancelled_twice_leave_no_lock_behind(turns: int) -> None:
    make_cancelling_safe()
    lock = pymongo.lock._async_create_lock()
    condition = pymongo.lock._async_create_condition(lock)

    async def wait() -> None:
        async with condition:
            await pymongo.lock._async_cond_wait(condition, 5)

    tasks = [asyncio.create_task(wait()) for _ in range(20)]
    await asyncio.sleep(0.05)
    await cancelled_twice(tasks, turns)
    left_behind = lock.locked()
    while lock.locked():  # else what is left behind would wait for ever
        lock.release()
        await asyncio.sleep(0.01)
    assert not left_behind


async def test_a_wait_still_ends_with_its_time() -> None:
    make_cancelling_safe()
    condition = pymongo.lock._async_create_condition(pymongo.lock._async_create_lock())
    async with condition:
        assert not await pymongo.lock._async_cond_wait(condition, 0.01)


def test_this_is_how_pymongo_waits() -> None:
    for module in (pool, topology):
        assert vars(module)["_async_cond_wait"] is pymongo.lock._async_cond_wait


@pytest.mark.parametrize("turns", TURNS)
async def test_operations_that_are_cancelled_twice_leave_their_client_in_order(turns: int) -> None:
    make_cancelling_safe()
    away = f"mongodb://127.0.0.1:{free_port()}/?replicaSet=x&serverMonitoringMode=poll"
    async with AsyncMongoClient[dict[str, Any]](away, serverSelectionTimeoutMS=5_000) as client:
        tasks = [asyncio.create_task(client.admin.command("ping")) for _ in range(20)]
        await asyncio.sleep(0.05)  # they wait for a server, which takes any time
        await cancelled_twice(tasks, turns)
        assert not client._topology._lock.locked()
