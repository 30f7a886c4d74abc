"""The page of a case in a real browser: typing, losing the network, two windows, side by side."""

import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.contents import said
from tests.life import CRITERIA, GATES
from tests.web import lives
from tests.web.axe import found_by_axe, too_wide
from tests.web.browser import signed_in
from tests.web.site import Json, Site

pytestmark = pytest.mark.asyncio(loop_scope="package")

WRITER = "reviewer-3"
SAVED = re.compile(r"^Saved")


async def at_work(page: Page, site: Site, width: int = 1280) -> str:
    """Open the page of a case that is mine; return its address."""
    life = await lives.in_review(site)
    await life.claim(WRITER)
    case = f"/cases/{life.case_id}"
    await page.set_viewport_size({"width": width, "height": 900})
    await signed_in(page, site, WRITER, case)
    return case


async def kept(site: Site, case: str) -> Json:
    found: Json = await site.call(WRITER, "review", "GET", f"{case}/review")
    return found


async def test_what_is_typed_is_saved_and_survives_a_reload(page: Page, site: Site) -> None:
    case = await at_work(page, site)
    await page.get_by_role("group", name="Relevant").get_by_label("Yes").check()
    await page.get_by_role("group", name="Partnership").get_by_label("3: good").check()
    await page.get_by_label("Words to the authors").fill("A first thought")
    status = page.locator("[data-saved]")
    await expect(status).to_have_text(SAVED)
    await expect(status).to_have_attribute("role", "status")
    await page.reload()
    await expect(page.get_by_label("Words to the authors")).to_have_value("A first thought")
    await expect(page.get_by_role("group", name="Relevant").get_by_label("Yes")).to_be_checked()
    await expect(page.locator("[data-kept]")).to_be_hidden()
    review = await kept(site, case)
    assert review["gates"] == {"relevant": True}
    assert review["scores"]["partnership"]["score"] == 3


async def test_words_of_a_lost_network_are_sent_when_it_is_back(page: Page, site: Site) -> None:
    case = await at_work(page, site)
    await page.context.set_offline(True)
    await page.get_by_label("Words to the authors").fill("Written in a tunnel")
    await expect(page.locator("[data-saved]")).to_contain_text("No connection")
    await page.context.set_offline(False)
    await expect(page.locator("[data-saved]")).to_have_text(SAVED)
    assert (await kept(site, case))["text_to_author"] == "Written in a tunnel"


async def test_words_that_could_not_be_sent_are_offered_back(page: Page, site: Site) -> None:
    case = await at_work(page, site)

    async def away(route: Route) -> None:
        await route.abort()

    await page.route("**/typed", away)
    await page.get_by_label("Words to the authors").fill("Not yet <b>sent</b>")
    await page.get_by_role("button", name="Comment on this (Summary)").click()
    await page.get_by_label("What you want to say about it").fill("Too long")
    await expect(page.locator("[data-saved]")).to_contain_text("No connection")
    await page.reload()
    await expect(page.get_by_label("Words to the authors")).to_have_value("")
    offer = page.get_by_role("alert").filter(has_text="could not be sent")
    await expect(offer).to_contain_text("Not yet <b>sent</b>")
    await page.unroute("**/typed")
    await offer.get_by_role("button", name="Put them back").click()
    await expect(page.locator("[data-saved]")).to_have_text(SAVED)
    await expect(offer).to_be_hidden()
    review = await kept(site, case)
    assert review["text_to_author"] == "Not yet <b>sent</b>"
    assert [(one["pointer"], one["text"]) for one in review["comments"]] == [("/summary", "Too long")]
    await page.reload()
    await expect(page.locator("[data-kept]")).to_be_hidden()


async def test_who_is_signed_out_meanwhile_is_told_and_finds_the_words_again(page: Page, site: Site) -> None:
    case = await at_work(page, site)
    async with site.browser() as nobody:
        answer = await nobody.post(f"{case}/review/typed")
        assert answer.status_code == 401

    async def signed_out(route: Route) -> None:
        await route.fulfill(status=answer.status_code, body=answer.text, content_type=answer.headers["content-type"])

    await page.route("**/typed", signed_out)
    await page.get_by_label("Words to the authors").fill("Written too late")
    await expect(page.locator("[data-saved]")).to_contain_text("You are signed out")
    await page.unroute("**/typed")
    await page.goto(case)
    await page.get_by_role("button", name="Put them back").click()
    await expect(page.locator("[data-saved]")).to_have_text(SAVED)
    assert (await kept(site, case))["text_to_author"] == "Written too late"


async def test_a_comment_is_tied_to_a_field_by_keyboard(page: Page, site: Site) -> None:
    case = await at_work(page, site)
    await page.get_by_role("button", name="Comment on this (Summary)").focus()
    await page.keyboard.press("Enter")
    text = page.get_by_label("What you want to say about it").first
    await expect(text).to_be_focused()
    await page.keyboard.type("Say how many took part.")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.type("Must")
    await expect(page.locator("[data-saved]")).to_have_text(SAVED)
    [comment] = (await kept(site, case))["comments"]
    assert (comment["pointer"], comment["severity"], comment["text"]) == ("/summary", "must", "Say how many took part.")
    # And back to where one was reading.
    back = page.get_by_role("link", name="Back to this place in the contribution")
    await back.focus()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("#f-summary$"))
    await expect(page.locator("#f-summary")).to_be_in_viewport()


async def test_a_comment_is_removed_and_put_back(page: Page, site: Site) -> None:
    case = await at_work(page, site)
    await page.get_by_role("button", name="Comment on the title").click()
    await page.get_by_label("What you want to say about it").fill("Shorter, please")
    await expect(page.locator("[data-saved]")).to_have_text(SAVED)
    await page.get_by_role("button", name="Remove this comment").click()
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    async with page.expect_response("**/typed"):
        pass
    assert (await kept(site, case))["comments"] == []
    async with page.expect_response("**/typed"):
        await page.keyboard.press("Enter")
    assert len((await kept(site, case))["comments"]) == 1


async def test_two_windows_are_brought_together(page: Page, site: Site) -> None:
    case = await at_work(page, site)
    other = await page.context.new_page()
    await other.set_viewport_size({"width": 1280, "height": 900})
    await other.goto(case)
    await other.get_by_label("Words to the authors").fill("From the other window")
    await other.get_by_role("group", name="Ethical").get_by_label("Yes").check()
    await expect(other.locator("[data-saved]")).to_have_text(SAVED)
    # What only one changed is joined without a question.
    await page.get_by_label("In confidence, for the coordinators alone").fill("From this window")
    await expect(page.locator("[data-saved]")).to_have_text(SAVED)
    await expect(page.get_by_label("Words to the authors")).to_have_value("From the other window")
    # What both changed is asked.
    await page.get_by_label("Words to the authors").fill("This wins")
    await expect(page.locator("[data-saved]")).to_have_text(SAVED)
    await other.get_by_label("Words to the authors").fill("That wins")
    both = other.get_by_role("alert").filter(has_text="You changed this in another window too")
    await expect(both).to_contain_text("This wins")
    await expect(both).to_be_focused()
    await expect(other.get_by_label("Words to the authors")).to_have_value("That wins")
    assert (await kept(site, case))["text_to_author"] == "This wins"
    assert await found_by_axe(other) == []
    await both.get_by_role("button", name="Keep what is here").click()
    await expect(other.locator("[data-saved]")).to_have_text(SAVED)
    review = await kept(site, case)
    assert (review["text_to_author"], review["confidential"]) == ("That wins", "From this window")


async def test_a_review_is_finished_and_what_is_missing_takes_the_focus(page: Page, site: Site) -> None:
    case = await at_work(page, site)
    await page.get_by_label("Words to the authors").fill("Thank you.")
    await page.get_by_role("button", name="Finish the review").click()
    problems = page.get_by_role("alert").filter(has_text="There is a problem")
    await expect(problems).to_be_focused()
    assert await found_by_axe(page) == []
    await problems.get_by_role("link", name="Transferability: score").click()
    await expect(page.get_by_role("group", name="Transferability")).to_be_focused()
    await expect(page.get_by_role("group", name="Transferability")).to_be_in_viewport()
    for gate in GATES:
        await page.locator(f"#gate-{gate}-yes").check()
    for criterion in CRITERIA:
        await page.locator(f"#score-{criterion}-4").check()
        await page.locator(f"#reason-{criterion}").fill("It is shown.")
    await page.locator("#recommendation-approve").check()
    await page.get_by_role("button", name="Finish the review").click()
    await expect(page.get_by_text("You finished this review on")).to_be_visible()
    assert (await kept(site, case))["completed_at"]
    assert await page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('review:'))") == []


async def test_side_by_side_on_a_desk_and_stacked_on_a_phone(page: Page, site: Site) -> None:
    await at_work(page, site)
    left, right = page.locator("#contribution"), page.locator("#my-review")
    one, two = await left.bounding_box(), await right.bounding_box()
    assert one
    assert two
    assert one["x"] + one["width"] <= two["x"]
    assert abs(one["y"] - two["y"]) < 5
    await page.get_by_role("button", name="Finish the review").scroll_into_view_if_needed()
    await expect(page.get_by_role("heading", name="The contribution")).to_be_in_viewport()
    await page.set_viewport_size({"width": 360, "height": 740})
    one, two = await left.bounding_box(), await right.bounding_box()
    assert one
    assert two
    assert one["y"] + one["height"] <= two["y"]
    assert await too_wide(page) == []
    await page.get_by_role("link", name="My review").and_(page.locator(".switch a")).click()
    await expect(page.get_by_role("heading", name="My review")).to_be_in_viewport()


async def test_texts_in_arabic_run_from_right_to_left_and_can_be_read_in_english(page: Page, site: Site) -> None:
    summary = said("ملخص قصير", "ar") | said("A short summary", "en")
    life = await lives.in_review(site, summary=summary, green=said("لم ينجح شيء", "ar"))
    await life.claim(WRITER)
    await signed_in(page, site, WRITER, f"/cases/{life.case_id}")
    await expect(page.get_by_text("لم ينجح شيء").locator("xpath=..")).to_have_attribute("dir", "rtl")
    await expect(page.get_by_text("A short summary")).to_be_visible()
    await page.get_by_label("Words to the authors").fill("Kept while I switch")
    await page.get_by_role("button", name="العربية").click()
    await expect(page.get_by_text("ملخص قصير")).to_be_visible()
    await expect(page.get_by_label("Words to the authors")).to_have_value("Kept while I switch")


async def test_hostile_text_runs_nowhere(page: Page, site: Site) -> None:
    hostile = '"><img src=x onerror="document.title=1"><script>document.title=2</script>'
    life = await lives.in_review(site, failure=said(hostile))
    await life.claim(WRITER)
    case = f"/cases/{life.case_id}"
    await signed_in(page, site, WRITER, case)
    await page.get_by_role("button", name="Comment on this (What did not work)").click()
    await page.get_by_label("What you want to say about it").fill(hostile)
    await page.get_by_label("Words to the authors").fill(hostile)
    await expect(page.locator("[data-saved]")).to_have_text(SAVED)
    await page.reload()
    await expect(page.get_by_label("What you want to say about it")).to_have_value(hostile)
    await expect(page).to_have_title(re.compile("^Review: "))
    assert await page.locator("main img, main script").count() == 0
