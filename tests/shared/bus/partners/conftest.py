from collections.abc import AsyncIterator

import pytest

from tests.servers import scratch
from tests.shared.bus.partners.place import Place, a_place


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """A nats-server of this test alone."""
    with scratch() as folder:
        async with a_place(folder) as made:
            yield made
