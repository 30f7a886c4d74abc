from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from local.mongod import Mongod
from local.nats import running_nats
from shared.backup.restore import MARKS
from tests.servers import mongod_for_tests, scratch
from tests.shared.backup.installation import Installation


@pytest.fixture
async def source(mongodb_url: str, database: str, nats_url: str) -> AsyncIterator[Installation]:
    """An installation that has something of everything."""
    made = await Installation.at(mongodb_url, database, nats_url)
    await made.fill()
    yield made
    await made.close()


@pytest.fixture(scope="package")
def other_mongod() -> Iterator[Mongod]:
    with mongod_for_tests() as server:
        yield server


@pytest.fixture
async def target(other_mongod: Mongod, database: str) -> AsyncIterator[Installation]:
    """An empty one, on servers of its own."""
    with scratch() as folder:
        async with running_nats(folder) as server:
            made = await Installation.at(other_mongod.url, database, server.url)
            yield made
            for name in (database, f"{database}_other", MARKS[0]):
                await made.store.client.drop_database(name)
            await made.close()
