"""On a phone the rooms are behind a button that needs no script; on a desk they stand in the head of the page."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.web import lives
from tests.web.axe import found_by_axe, found_in_colours, too_small, too_wide
from tests.web.browser import new_context, signed_in
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")

PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1280, height=900)
ONE_ROW = 64  # CSS pixels


@pytest_asyncio.fixture(loop_scope="package", params=[True, False], ids=["with scripts", "without scripts"])
async def window(request: pytest.FixtureRequest, chromium: Browser, site: Site) -> AsyncIterator[Page]:
    """A window of a reviewer, whose rooms are the most."""
    context = await new_context(chromium, site, java_script_enabled=bool(request.param))
    page = await context.new_page()
    await signed_in(page, site, lives.REVIEWER, "/accessibility")
    yield page
    await context.close()


async def test_the_menu_opens_closes_and_leads_to_the_rooms_by_keyboard(window: Page) -> None:
    await window.set_viewport_size(PHONE)
    await window.goto("/about?lang=en")
    button, room = window.get_by_role("button", name="Menu", exact=True), window.get_by_role("link", name="My reviews")
    await expect(room).to_be_hidden()
    await button.focus()
    await window.keyboard.press("Enter")
    await expect(room).to_be_visible()
    await window.keyboard.press("Escape")
    await expect(room).to_be_hidden()
    await expect(button).to_be_focused()
    await window.keyboard.press("Enter")
    await window.keyboard.press("Tab")
    await expect(window.get_by_role("button", name="Close the menu")).to_be_focused()
    await window.keyboard.press("Enter")
    await expect(room).to_be_hidden()
    await window.keyboard.press("Enter")  # the focus is on the button again
    await window.keyboard.press("Tab")
    await window.keyboard.press("Tab")
    await expect(window.get_by_role("navigation", name="Main").get_by_role("link").first).to_be_focused()
    await room.click()
    await window.wait_for_url("**/reviews")
    await button.click()
    await expect(room).to_have_attribute("aria-current", "page")
    await window.get_by_role("button", name="Sign out").click()
    await expect(window.get_by_role("link", name="Sign in")).to_be_visible()


async def test_on_a_desk_there_is_no_menu_to_open(window: Page) -> None:
    await window.set_viewport_size(DESK)
    await window.goto("/about?lang=en")
    await expect(window.get_by_role("button", name="Menu")).to_be_hidden()
    await expect(window.get_by_role("link", name="My reviews")).to_be_visible()
    await expect(window.get_by_role("button", name="Sign out")).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "fr", "de"])
async def test_the_open_menu_can_be_used_by_everybody_and_the_head_is_one_row(
    page: Page, site: Site, language: str
) -> None:
    await page.set_viewport_size(PHONE)
    for sub in (None, lives.REVIEWER):
        if sub:
            await signed_in(page, site, sub, "/accessibility")
        await page.goto(f"/accessibility?lang={language}")
        head = await page.locator(".site-head").bounding_box()
        assert head
        assert head["height"] <= ONE_ROW
        await page.locator(".menu-button").first.click()
        found: dict[str, list[str]] = {}
        await page.emulate_media(color_scheme="light")
        found["light"] = [*await found_by_axe(page), *await too_small(page), *await too_wide(page)]
        await page.emulate_media(color_scheme="dark")
        found["dark"] = await found_in_colours(page)
        await page.emulate_media(color_scheme="light", forced_colors="active")
        found["forced colours"] = await found_in_colours(page)
        await page.emulate_media(forced_colors="none")
        assert {name: lines for name, lines in found.items() if lines} == {}
