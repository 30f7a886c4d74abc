from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.syndication.oai.repository import Sizes
from tests.services.syndication.outlets import Outlets, open_outlets


@pytest.fixture
async def out(mongodb_url: str, database: str) -> AsyncIterator[Outlets]:
    """Feeds and harvesting, with small pages."""
    async with open_outlets(mongodb_url, database, sizes=Sizes(records=3, headers=5)) as out:
        yield out
