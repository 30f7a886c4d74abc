from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest

from shared.bus.topology import provision
from tests.services.search.desk import Desk, open_desk
from tests.services.search.making import Publisher


@pytest.fixture
async def publisher(nats_url: str) -> AsyncIterator[Publisher]:
    """A provisioned server, and who says things on its catalogue."""
    connection = await nats.connect(nats_url)
    await provision(connection.jetstream())
    yield Publisher(connection)
    await connection.close()


@pytest.fixture
async def desk(
    nats_url: str, publisher: Publisher, tmp_path: Path, mongodb_url: str, database: str
) -> AsyncIterator[Desk]:
    """The service, running on an empty catalogue."""
    async with open_desk(nats_url, tmp_path / "shelf", publisher, record=(mongodb_url, database)) as desk:
        yield desk
