from collections.abc import AsyncIterator
from uuid import uuid4

import pytest_asyncio
from pymongo import MongoClient

from local.nats import running_nats
from local.nats_users import users
from tests.journeys.house import House, open_house
from tests.servers import NatsWithUsers, scratch


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def house(mongodb_url: str) -> AsyncIterator[House]:
    """One house for all journeys: each has people and contributions of its own."""
    database = f"test_{uuid4().hex[:16]}"
    table = {user: f"password-of-{user.name}" for user in users()}
    with scratch() as folder:
        async with running_nats(folder / "nats", users=table) as server:
            nats = NatsWithUsers(url=server.url, passwords={user.name: word for user, word in table.items()})
            async with open_house(mongodb_url, database, nats, folder) as house:
                yield house
    with MongoClient[dict[str, object]](mongodb_url) as client:
        for service in ("submissions", "review", "notifications", "syndication"):
            client.drop_database(f"{database}_{service}")
