from collections.abc import AsyncIterator

import pytest

from tests.services.syndication.webhooks.desk import Desk, open_desk


@pytest.fixture
async def desk(mongodb_url: str, database: str) -> AsyncIterator[Desk]:
    async with open_desk(mongodb_url, database) as desk:
        yield desk
