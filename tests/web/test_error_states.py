"""Forms that are sent: where one is not right yet, the focus is on what is wrong; everybody can use what follows."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.web.axe import clipped, found_by_axe, found_in_colours, too_small, too_wide
from tests.web.browser import new_context, signed_in
from tests.web.scene import Scene
from tests.web.sent import ANSWERS, MISTAKES, Sent, send
from tests.web.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture(loop_scope="package", params=[True, False], ids=["with scripts", "without scripts"])
async def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest_asyncio.fixture(loop_scope="package")
async def window(chromium: Browser, site: Site, scripts: bool) -> AsyncIterator[Page]:
    context = await new_context(chromium, site, java_script_enabled=scripts)
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize("mistake", MISTAKES, ids=[one.name for one in MISTAKES])
async def test_what_is_wrong_takes_the_focus_and_can_be_used_by_everybody(
    mistake: Sent, scene: Scene, window: Page, site: Site, scripts: bool
) -> None:
    await signed_in(window, site, mistake.sub, "/accessibility")
    await send(window, mistake, scene)
    summary = window.locator(".errors")
    await expect(summary).to_be_focused()
    await expect(window).to_have_title(re.compile("^Error: "))
    for link in await summary.get_by_role("link").all():
        target = (await link.get_attribute("href") or "").removeprefix("#")
        assert await window.locator(f"[id='{target}']").count() == 1, target
    if scripts:  # axe-core cannot run where no script may
        assert await _trouble(window) == {}


@pytest.mark.parametrize("form", ANSWERS, ids=[one.name for one in ANSWERS])
async def test_what_only_a_form_leads_to_can_be_used_by_everybody(
    form: Sent, scene: Scene, chromium: Browser, site: Site
) -> None:
    page = await (await new_context(chromium, site)).new_page()
    await signed_in(page, site, form.sub, "/accessibility")
    await send(page, form, scene)
    assert await _trouble(page) == {}
    assert await page.locator("h1").count() == 1
    await page.context.close()


async def _trouble(page: Page) -> dict[str, list[str]]:
    """Return what keeps somebody from using the page, by how they look at it."""
    found = {"light": [*await found_by_axe(page), *await too_small(page)]}
    await page.emulate_media(color_scheme="dark")
    found["dark"] = await found_in_colours(page)
    await page.emulate_media(color_scheme="light", forced_colors="active")
    found["forced colours"] = await found_in_colours(page)
    await page.emulate_media(forced_colors="none")
    await page.set_viewport_size({"width": 320, "height": 700})
    found["320 px wide"] = [*await too_wide(page), *await found_by_axe(page)]
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    found["text twice as large"] = [*await too_wide(page), *await clipped(page)]
    return {name: lines for name, lines in found.items() if lines}
