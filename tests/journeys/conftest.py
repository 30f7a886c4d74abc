import os
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from pymongo import MongoClient

from tests.journeys.house import House, open_house
from tests.journeys.site import Site, open_site
from tests.servers import Servers, scratch


@pytest.fixture(scope="package")
def given_site() -> Site | None:
    """The site that the environment names, if it names one."""
    return Site() if os.environ.get("SITE_URL") else None


@pytest.fixture(scope="package")
def own_mongodb_url(request: pytest.FixtureRequest, given_site: Site | None) -> str:
    """MongoDB for a house of our own; a site has its own."""
    return "" if given_site else str(request.getfixturevalue("mongodb_url"))


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def house(given_site: Site | None, own_mongodb_url: str, servers: Servers) -> AsyncIterator[House]:
    """One house for all journeys, each of which has people and contributions of its own; the given site if there is."""
    if given_site:
        async with open_site(given_site) as house:
            yield house
        return
    database = f"test_{uuid4().hex[:16]}"
    with scratch() as folder:
        async with servers.nats_with_users() as nats, open_house(own_mongodb_url, database, nats, folder) as house:
            yield house
    with MongoClient[dict[str, object]](own_mongodb_url) as client:
        for service in ("submissions", "review", "search", "notifications", "syndication"):
            client.drop_database(f"{database}_{service}")
