import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.servers import scratch
from tests.waiting import PATIENCE_SECONDS
from tests.web.browser import ARGUMENTS, find_browser, new_context
from tests.web.scene import Scene, set_scene
from tests.web.site import Site, running_site


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def site() -> AsyncIterator[Site]:
    """One site for all tests of the pages: each makes contributions of its own."""
    with scratch() as folder:
        async with running_site(folder) as site:
            yield site


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def scene(site: Site) -> Scene:
    """Contributions in every state, for tests that look at pages and leave what they look at as it is."""
    return await set_scene(site)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def chromium() -> AsyncIterator[Browser]:
    """A real browser."""
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    async with async_playwright() as playwright:
        program = await asyncio.to_thread(find_browser)
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="package")
async def page(chromium: Browser, site: Site) -> AsyncIterator[Page]:
    """A window of a browser that nobody has used before; errors of scripts on our pages fail the test."""
    context = await new_context(chromium, site)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    await context.close()
    assert not errors
