from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.operations.scraping import Scraped, scrape
from tests.servers import scratch
from tests.web.lives import AUTHOR, published
from tests.web.site import Site, running_site

FEW = 5


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def site() -> AsyncIterator[Site]:
    """One installation for all of these tests. Who comes through a proxy may ask a few times only."""
    with scratch() as folder, pytest.MonkeyPatch.context() as environment:
        for kind in ("SIGN_IN", "SEARCH", "SUGGEST"):
            environment.setenv(f"RATE_{kind}_ADDRESS", str(FEW))
        async with running_site(folder) as site:
            yield site


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def scraped(site: Site) -> Scraped:
    """Everything that all services tell after a practice was published in it."""
    await published(site)
    async with site.signed_in(AUTHOR) as browser:
        assert (await browser.get("/mine")).is_success
    return await scrape(site)
