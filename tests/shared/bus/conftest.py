from collections.abc import AsyncIterator

import pytest

from tests.shared.bus.house import House, open_house


@pytest.fixture
async def house(mongodb_url: str, database: str, nats_url: str) -> AsyncIterator[House]:
    async with open_house(mongodb_url, database, nats_url) as house:
        yield house
