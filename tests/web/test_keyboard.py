"""The main task of each role by keyboard alone: every stop can be seen, and every task comes to its end."""

import pytest
from playwright.async_api import Page, expect

from tests.life import CRITERIA, GATES
from tests.web import lives
from tests.web.browser import signed_in
from tests.web.site import Site, fresh

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]

MOST_STOPS = 250

# What has the focus, and whether it is shown: an outline, or the stroke of a country on the map.
_FOCUS = """(selector) => {
  const here = document.activeElement, style = getComputedStyle(here), box = here.getBoundingClientRect();
  const drawn = here.querySelector("path, circle");
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  // Within a date the browser itself shows which part of it has the focus.
  const dated = here.type === "date";
  const stroked = drawn !== null && parseFloat(getComputedStyle(drawn).strokeWidth) >= 2;
  return {
    there: here.matches(selector),
    seen: here === document.body || outlined || stroked || dated,
    inside: here === document.body || (box.bottom > 0 && box.top < innerHeight),
    what: here.outerHTML.slice(0, 160),
  };
}"""


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what matches has the focus; the focus is seen at each stop."""
    for _ in range(MOST_STOPS):
        await page.keyboard.press("Tab")
        found = await page.evaluate(_FOCUS, selector)
        assert found["seen"], found["what"]
        assert found["inside"], found["what"]
        if found["there"]:
            return
    raise AssertionError(f"Tab does not lead to {selector}")


async def press(page: Page, selector: str) -> None:
    await tab_to(page, selector)
    await page.keyboard.press("Enter")


async def write(page: Page, selector: str, text: str) -> None:
    await tab_to(page, selector)
    await page.keyboard.insert_text(text)


async def test_a_reader_finds_and_reads(page: Page, site: Site) -> None:
    life = await lives.published(site)
    token = life.title.rpartition(" ")[2]
    await page.goto("/about")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.goto("/")
    await write(page, "main input[name=q]", token)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/search?*")
    await press(page, ".skip.here")
    await press(page, f".result a[href='/practices/{life.id}']")
    await expect(page.get_by_role("heading", level=1)).to_have_text(life.title)


async def test_a_member_begins_and_writes(page: Page, site: Site) -> None:
    title = fresh("Written without a mouse")
    await signed_in(page, site, "member-4", "/share")
    await tab_to(page, "input[name=kind]")
    await page.keyboard.press("Space")
    await press(page, "main form button")
    await page.wait_for_url("**/title")
    await write(page, "main input[type=text]", title)
    await write(page, "main textarea", "A summary without a mouse.")
    await press(page, "main .actions button")
    await page.wait_for_url("**/context")
    await page.goto("/mine")
    await expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()


async def test_a_reviewer_takes_a_case_and_finishes_the_review(page: Page, site: Site) -> None:
    life = await lives.in_review(site)
    await signed_in(page, site, "reviewer-3", f"/cases/{life.case_id}")
    await press(page, "form[action$=claim] button")
    await expect(page.get_by_role("heading", name="My review")).to_be_visible()
    await press(page, ".skip.here")
    for gate in GATES:
        await tab_to(page, f"input[name=gate-{gate}]")
        await page.keyboard.press("Space")
    for criterion in CRITERIA:
        await tab_to(page, f"input[name=score-{criterion}]")
        for _ in range(3):
            await page.keyboard.press("ArrowRight")
        await write(page, f"#reason-{criterion}", "Shown by what they tell.")
    await write(page, "#text_to_author", "Thank you.")
    await tab_to(page, "input[name=recommendation]")
    await page.keyboard.press("Space")
    await press(page, "button[value=finish]")
    await expect(page.get_by_text("You finished this review on")).to_be_visible()
    review = await site.call("reviewer-3", "review", "GET", f"/cases/{life.case_id}/review")
    assert {one["score"] for one in review["scores"].values()} == {3}
    assert set(review["gates"].values()) == {True}


async def test_a_coordinator_decides(page: Page, site: Site) -> None:
    life = await lives.in_review(site)
    await life.review()
    await signed_in(page, site, lives.COORDINATOR, f"/board/{life.case_id}")
    await press(page, f"a[href='/board/{life.case_id}/decision']")
    await page.wait_for_url("**/decision")
    await press(page, "a[href='?outcome=approve#decide']")
    await page.wait_for_url("**/decision?outcome=approve*")
    await write(page, "textarea[name=text]", "We decided with pleasure.")
    await press(page, "button[value=look]:not(.sr)")
    await expect(page.get_by_role("heading", name="Send this decision?")).to_be_visible()
    await press(page, "main form button[value=decide]")
    await life.come_to("published")
