"""The board in a real browser: what forms bring about is as usable as the rest, and the keyboard decides safely."""

import pytest
from playwright.async_api import Page, expect

from tests.web import lives
from tests.web.axe import found_by_axe, found_in_colours, too_small, too_wide
from tests.web.browser import signed_in
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def look_closely(page: Page) -> None:
    """Nothing that axe-core finds, light and dark, at the desk and on the narrowest phone."""
    found = await too_small(page) + await found_by_axe(page)
    await page.emulate_media(color_scheme="dark")
    found += await found_in_colours(page)
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": 320, "height": 700})
    found += await too_wide(page) + await found_by_axe(page)
    await page.set_viewport_size({"width": 1280, "height": 900})
    assert not found


async def test_deciding_with_what_is_missing_what_will_happen_and_the_enter_key(page: Page, site: Site) -> None:
    life = await lives.in_review(site)
    await life.review(confidential="Between us.")
    await signed_in(page, site, lives.COORDINATOR, f"/board/{life.case_id}")
    await page.get_by_role("link", name="Read the reviews and decide").click()
    await page.get_by_role("link", name=": Reject").click()
    await page.get_by_role("button", name="See what will happen").last.click()
    await expect(page.locator(".errors")).to_be_focused()
    await look_closely(page)
    await page.get_by_label("Already in the collection").check()
    await page.get_by_label("What you tell the authors").fill("We have this one.")
    await page.get_by_label("Why against the reviews").fill("They could not know.")
    # The Enter key looks at what will happen; it never changes the outcome.
    await page.get_by_label("Already in the collection").press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Send this decision?")
    await look_closely(page)
    await page.get_by_role("button", name="Change it first").click()
    await expect(page.get_by_label("What you tell the authors")).to_have_value("We have this one.")
    await page.get_by_role("button", name="Change to: Ask for changes").click()
    await expect(page.get_by_label("What you tell the authors")).to_have_value("We have this one.")
    await page.get_by_label("Something important is missing").check()
    await page.get_by_role("button", name="See what will happen").last.click()
    await page.get_by_role("button", name="Send it: Ask for changes").click()
    await expect(page.get_by_role("status")).to_contain_text(["Changes are requested."])
    await life.come_to("changes_requested")


async def test_taking_down_is_reached_from_the_practice_by_coordinators_alone(page: Page, site: Site) -> None:
    life = await lives.published(site)
    await page.goto(f"/practices/{life.id}")
    await expect(page.get_by_role("link", name="Take this practice down")).to_have_count(0)
    await signed_in(page, site, lives.COORDINATOR, f"/practices/{life.id}")
    await page.get_by_role("link", name="Take this practice down").click()
    await page.get_by_role("button", name="See what will happen").click()
    await expect(page.locator(".errors")).to_be_focused()
    await look_closely(page)
    await page.get_by_label("Asked for by its authors").check()
    await page.get_by_label("In words, for everybody to read").fill("They asked us to.")
    await page.get_by_role("button", name="See what will happen").click()
    await look_closely(page)
    await page.get_by_role("button", name="Take it down").click()
    await expect(page.get_by_role("status").filter(has_text="The practice is taken down.")).to_be_visible()
