"""One at a time, and handed over when the holder dies."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import structlog

from shared.store.client import Store
from shared.store.lease import Lease, work_under_lease
from tests.waiting import eventually


@pytest.fixture
async def store(mongodb_url: str, database: str) -> AsyncIterator[Store]:
    store = await Store.connect(mongodb_url, database, service="test")
    yield store
    await store.close()


async def test_only_one_owner_holds_it_and_keeps_it(store: Store) -> None:
    first, second = Lease(store, "relay"), Lease(store, "relay")
    assert await first.take()
    assert not await second.take()
    assert await first.take()
    assert (first.epoch, second.epoch) == (1, 1)


async def test_a_race_has_one_winner(store: Store) -> None:
    leases = [Lease(store, "relay") for _ in range(20)]
    assert sum(await asyncio.gather(*(lease.take() for lease in leases))) == 1


async def test_a_new_holder_has_a_higher_epoch(store: Store) -> None:
    first, second = Lease(store, "relay"), Lease(store, "relay")
    await first.take()
    await first.release()
    assert await second.take()
    assert second.epoch == 2
    assert not await first.take()


async def test_a_lease_ends_by_itself_when_it_is_not_renewed(store: Store) -> None:
    first, second = Lease(store, "relay", seconds=0.2), Lease(store, "relay")
    await first.take()
    assert not await second.take()
    await eventually(second.take)


async def test_work_starts_again_after_an_error_and_moves_after_a_loss(store: Store) -> None:
    runs: list[str] = []
    log = structlog.get_logger()

    async def failing_once() -> None:
        runs.append("first")
        if len(runs) == 1:
            raise RuntimeError("once")
        await asyncio.Event().wait()

    async def other() -> None:
        runs.append("second")
        await asyncio.Event().wait()

    holder = Lease(store, "relay", seconds=1)
    one = asyncio.create_task(work_under_lease(holder, failing_once, log))
    await eventually(lambda: runs == ["first", "first"])
    two = asyncio.create_task(work_under_lease(Lease(store, "relay", seconds=1), other, log))
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)
    await eventually(lambda: runs == ["first", "first", "second"])
    two.cancel()
    await asyncio.gather(two, return_exceptions=True)
