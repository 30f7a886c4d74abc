"""Answering the reviewers: without scripts until it is in review again; with them through reloads and lost lines."""

import re

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.waiting import eventually
from tests.web import lives
from tests.web.axe import found_by_axe, too_small
from tests.web.browser import signed_in
from tests.web.share_form import follow, send, sheet, words
from tests.web.site import Site
from tests.web.weights import MOST_BYTES, MOST_IN_SEQUENCE, in_sequence, weight

pytestmark = pytest.mark.asyncio(loop_scope="package")

AUTHOR = "member-6"
COMMENTS = (
    {"pointer": "/title", "severity": "must", "text": "Say where it took place."},
    {"pointer": "/failure", "severity": "should", "text": "How many were expected?"},
    {"pointer": "/context", "severity": "praise", "text": "Very clear."},
)


async def asked(site: Site, author: str = AUTHOR) -> lives.Life:
    """A contribution with two comments to answer and one of praise."""
    life = await lives.in_review(site, author=author)
    await life.review(comments=list(COMMENTS), recommendation="request_changes")
    await life.decide("request_changes", "incomplete")
    await life.come_to("changes_requested")
    return life


async def kept(life: lives.Life) -> list[str]:
    """The answers that are kept of it."""
    feedback = (await life.seen()).get("feedback") or {}
    return sorted(one["text"] for one in feedback.get("answers") or ())


def boxes(page: httpx.Response) -> list[str]:
    """The names of the boxes for answers, in their order."""
    return re.findall(r'name="(answers\.[^"]+)"', page.text)


async def test_answers_are_kept_then_handed_in_without_scripts(site: Site) -> None:
    life = await asked(site)
    async with site.signed_in(AUTHOR) as http:
        page = await http.get(f"/mine/{life.id}/answers")
        assert in_sequence(page) <= MOST_IN_SEQUENCE
        text = words(page)
        for told in (life.title, "Say where it took place.", "In the second year nobody applied.", "0 of 2 answered"):
            assert told in text
        assert re.search(rf'href="/share/{life.id}/title[^"]*#', page.text)
        first, second = boxes(page)
        done = await follow(http, await send(http, sheet(page).write({first: "In Tampere."}), "save"))
        assert "Your answers are kept. They are not handed in yet." in words(done)
        assert "1 of 2 answered" in words(done)
        wrong = await send(http, sheet(done), "hand-in")
        assert wrong.status_code == 422
        box = second.removeprefix("answers.")
        assert f'<a href="#answer-{box}">What did not work: Answer this comment.</a>' in wrong.text
        assert (await life.seen())["state"] == "changes_requested"
        form = sheet(wrong).write({second: "Twelve."})
        handed_in = await send(http, form, "hand-in")
        assert in_sequence(handed_in) <= MOST_IN_SEQUENCE
        done = await follow(http, handed_in)
        assert "It is handed in again, with your answers." in words(done)
        seen = await life.come_to("in_review")
        assert seen["round"] == 2
        snapshot = await site.call(AUTHOR, "submissions", "GET", f"/contributions/{life.id}/versions/1.2")
        assert sorted(one["text"] for one in snapshot["answers"]) == ["In Tampere.", "Twelve."]
        late = await send(http, form, "save")
        assert late.status_code == 409
        assert "There are no comments to answer now" in words(late)


async def test_what_the_contribution_lacks_is_named_and_nothing_is_handed_in(site: Site) -> None:
    life = await asked(site)
    seen = await site.ask(AUTHOR, "submissions", "GET", f"/contributions/{life.id}")
    patch, match = {"content": {"causes": None}}, {"If-Match": seen.headers["ETag"]}
    await site.call(AUTHOR, "submissions", "PATCH", f"/contributions/{life.id}", patch, headers=match)
    async with site.signed_in(AUTHOR) as http:
        page = await http.get(f"/mine/{life.id}/answers")
        form = sheet(page).write(dict.fromkeys(boxes(page), "Done."))
        wrong = await send(http, form, "hand-in")
        assert wrong.status_code == 422
        assert re.search(rf'<a href="/share/{life.id}/[^"]+">Causes: ', wrong.text)
    assert (await life.seen())["state"] == "changes_requested"
    assert await kept(life) == ["Done.", "Done."]


async def test_the_field_is_shown_as_it_is_and_as_it_was_submitted(site: Site) -> None:
    life = await asked(site)
    seen = await site.ask(AUTHOR, "submissions", "GET", f"/contributions/{life.id}")
    patch = {"content": {"title": {"en": {"text": "What we learned in Tampere"}}}}
    match = {"If-Match": seen.headers["ETag"]}
    await site.call(AUTHOR, "submissions", "PATCH", f"/contributions/{life.id}", patch, headers=match)
    async with site.signed_in(AUTHOR) as http:
        page = await http.get(f"/mine/{life.id}/answers")
        now, _, then = page.text.split("Say where it took place.", 1)[1].partition("As it was submitted")
        assert "What we learned in Tampere" in now
        assert life.title in then.split("</details>")[0]
        assert page.text.count("As it was submitted") == 1  # the other field is as it was
        assert await weight(http, f"/mine/{life.id}/answers") <= MOST_BYTES


async def test_an_answer_saved_elsewhere_meanwhile_is_shown_beside_and_not_overwritten(site: Site) -> None:
    life = await asked(site)
    async with site.signed_in(AUTHOR) as http:
        page = await http.get(f"/mine/{life.id}/answers")
        first, second = boxes(page)
        await send(http, sheet(page).write({first: "From one window."}), "save")
        both = await send(http, sheet(page).write({first: "From another.", second: "Twelve."}), "save")
        assert both.status_code == 422
        assert "Saved meanwhile" in words(both)
        assert "From one window." in words(both)
        assert sheet(both).fields[first] == ["From another."]
        assert await kept(life) == ["From one window.", "Twelve."]
        await send(http, sheet(both), "save")  # seen now, and meant
        assert await kept(life) == ["From another.", "Twelve."]


async def test_an_answer_that_cannot_be_kept_is_marked_and_the_others_are_kept(site: Site) -> None:
    life = await asked(site)
    async with site.signed_in(AUTHOR) as http:
        page = await http.get(f"/mine/{life.id}/answers")
        first, second = boxes(page)
        for text, told in (("x" * 4001, "Shorten this answer"), ("a\u202eb", "a character that cannot be kept")):
            wrong = await send(http, sheet(page).write({first: text, second: "Twelve."}), "save")
            assert wrong.status_code == 422
            assert told in words(wrong)
            assert sheet(wrong).fields[first] == [text]
            assert await kept(life) == ["Twelve."]


async def opened(page: Page, site: Site, life: lives.Life) -> None:
    await signed_in(page, site, AUTHOR, f"/mine/{life.id}/answers")


async def test_what_is_typed_is_saved_and_survives_a_reload(page: Page, site: Site) -> None:
    life = await asked(site)
    await opened(page, site, life)
    box = page.get_by_role("textbox", name="Your answer to the comment on Title")
    await box.press_sequentially("In Tampere.")
    await expect(page.locator("[data-progress]")).to_have_text("1 of 2 answered")
    await expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert await kept(life) == ["In Tampere."]
    await page.reload()
    await expect(box).to_have_value("In Tampere.")


async def test_what_is_typed_without_a_connection_is_kept_and_offered_back(page: Page, site: Site) -> None:
    life = await asked(site)
    await opened(page, site, life)
    context: BrowserContext = page.context
    idle = await context.new_page()  # another window of the same page, in which nothing is typed
    await idle.goto(f"/mine/{life.id}/answers")
    box = page.get_by_role("textbox", name="Your answer to the comment on What did not work")
    await context.set_offline(offline=True)
    await box.press_sequentially("Twelve, of whom none came.")
    await expect(page.locator("[data-saved]")).to_contain_text("kept on this device")
    assert await kept(life) == []
    await page.route("**/answers", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    await context.set_offline(offline=False)
    await idle.get_by_role("button", name="Save the answers").click()
    await page.reload()
    await page.unroute("**/answers")
    await expect(box).to_have_value("")
    await expect(page.get_by_role("alert")).to_contain_text("Twelve, of whom none came.")
    assert [*await found_by_axe(page), *await too_small(page)] == []
    await page.get_by_role("button", name="Use what I typed").click()
    await expect(box).to_have_value("Twelve, of whom none came.")
    await expect(page.locator("[data-saved]")).to_contain_text("Saved")

    async def there() -> bool:
        return await kept(life) == ["Twelve, of whom none came."]

    await eventually(there)
    await page.reload()
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_two_windows_do_not_overwrite_one_another(page: Page, site: Site) -> None:
    life = await asked(site)
    await opened(page, site, life)
    other = await page.context.new_page()
    await other.goto(f"/mine/{life.id}/answers")
    named = "Your answer to the comment on Title"
    await other.get_by_role("textbox", name=named).press_sequentially("From the other.")
    await expect(other.locator("[data-saved]")).to_contain_text("Saved")
    box = page.get_by_role("textbox", name=named)
    await box.press_sequentially("From this one.")
    await expect(page.locator("[data-theirs]:visible")).to_contain_text("From the other.")
    assert await kept(life) == ["From the other."]
    assert [*await found_by_axe(page), *await too_small(page)] == []
    await page.get_by_role("button", name="Keep mine").click()
    await expect(page.locator("[data-theirs]:visible")).to_have_count(0)

    async def mine() -> bool:
        return await kept(life) == ["From this one."]

    await eventually(mine)


async def test_answers_are_handed_in_with_the_mouse(page: Page, site: Site) -> None:
    life = await asked(site)
    await opened(page, site, life)
    await page.get_by_role("button", name="Hand it in again").click()
    await expect(page.get_by_role("alert")).to_be_focused()
    assert await found_by_axe(page) == []
    await page.get_by_role("link", name="Title: Answer this comment.").click()
    await page.get_by_role("textbox", name="Your answer to the comment on Title").fill("In Tampere.")
    await page.get_by_role("textbox", name="Your answer to the comment on What did not work").fill("Twelve.")
    await page.get_by_role("button", name="Hand it in again").click()
    await expect(page.get_by_role("status").filter(has_text="It is handed in again")).to_be_visible()
    assert (await life.come_to("in_review"))["round"] == 2
