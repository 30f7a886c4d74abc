"""The primary is found where it was found before, until there is news of the servers."""

from collections.abc import AsyncIterator
from typing import Any

import pymongo
import pytest
from pymongo.asynchronous.topology import Topology
from pymongo.errors import InvalidOperation
from pymongo.read_preferences import ReadPreference
from pymongo.server_description import ServerDescription

from shared.store import primary
from shared.store.client import Store
from shared.store.outbox import Transaction


@pytest.fixture
async def store(mongodb_url: str, database: str) -> AsyncIterator[Store]:
    store = await Store.connect(mongodb_url, database, service="test")
    await store.db["things"].insert_one({"_id": "a"})
    yield store
    await store.close()


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which operations PyMongo chose a server for by itself."""
    operations: list[str] = []
    choose = Topology.select_server

    async def select_server(self: Topology, selector: Any, operation: str, *more: Any, **named: Any) -> Any:
        operations.append(operation)
        return await choose(self, selector, operation, *more, **named)

    monkeypatch.setattr(Topology, "select_server", select_server)
    return operations


def test_this_is_the_pymongo_that_it_was_written_beside() -> None:
    assert pymongo.version_tuple[:2] == primary.KNOWN, "look whether PyMongo still chooses anew for every statement"
    assert primary.client_class() is primary.PrimaryClient


async def _one_of_each(store: Store) -> None:
    async def act(tx: Transaction) -> None:
        await store.db["things"].find_one({"_id": "a"}, session=tx.session)
        await store.db["things"].update_one({"_id": "a"}, {"$inc": {"count": 1}}, session=tx.session)

    await store.transact(act)
    await store.db["things"].update_one({"_id": "a"}, {"$inc": {"count": 1}})
    assert await store.db["things"].find_one()


async def test_while_there_is_no_news_the_primary_is_not_chosen_again(store: Store, chosen: list[str]) -> None:
    await _one_of_each(store)
    for _ in range(20):
        chosen.clear()
        before = store.client._topology.description
        await _one_of_each(store)
        if store.client._topology.description is before:  # a look at the server came in between otherwise
            break
    else:
        pytest.fail("there is always news")
    assert not chosen


async def test_with_news_of_the_servers_it_is_chosen_again(store: Store, chosen: list[str]) -> None:
    await _one_of_each(store)
    chosen.clear()
    topology = store.client._topology
    (address,) = topology.description.server_descriptions()
    await topology.on_change(ServerDescription(address))  # it is not known any more what that server is
    await _one_of_each(store)
    assert chosen


async def test_what_is_asked_of_any_server_or_under_a_time_limit_goes_pymongos_way(
    store: Store, chosen: list[str]
) -> None:
    await _one_of_each(store)
    chosen.clear()
    await store.db["things"].with_options(read_preference=ReadPreference.NEAREST).find_one()
    assert len(chosen) == 1
    with pymongo.timeout(5):
        await store.db["things"].find_one()
    assert len(chosen) == 2


async def test_a_client_that_is_closed_stays_so(mongodb_url: str, database: str) -> None:
    store = await Store.connect(mongodb_url, database, service="test")
    await store.ping()
    await store.close()
    with pytest.raises(InvalidOperation):
        await store.db["things"].find_one()
