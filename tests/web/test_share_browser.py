"""Sharing in a real browser: nothing that was typed is ever lost."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Dialog, Page, Request, expect

from tests.web.axe import found_by_axe
from tests.web.browser import signed_in
from tests.web.share_form import PIXEL
from tests.web.site import Site, fresh
from tests.web.test_share import content_of, ready_to_submit

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def open_step(page: Page, site: Site, identifier: str, step: str, sub: str = "member-1") -> None:
    await signed_in(page, site, sub, f"/share/{identifier}/{step}")


async def saved(page: Page) -> None:
    await expect(page.get_by_role("status").filter(has_text=re.compile(r"^Saved \d\d:\d\d$"))).to_be_visible()


def let_leave(page: Page) -> list[str]:
    """Answer yes when the browser asks whether to leave; returns what it asked."""
    asked: list[str] = []

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    page.on("dialog", answer)
    return asked


async def test_it_is_saved_as_one_types(page: Page, site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    await open_step(page, site, identifier, "context")
    await page.get_by_label("What was the need").fill("First half")
    await saved(page)
    await page.get_by_label("What was the need").press_sequentially(" and the second")
    await expect(page.locator("[name=seen]")).not_to_have_value(re.compile(r"^1\|"))
    asked = let_leave(page)
    await page.get_by_role("button", name="Save and continue").click()
    await page.wait_for_url(f"**/share/{identifier}/actions")
    content = await content_of(site, "member-1", identifier)
    assert content["context"]["en"]["text"] == "First half and the second"
    assert not asked


async def test_a_reload_in_the_middle_of_typing_loses_nothing(page: Page, site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    await open_step(page, site, identifier, "context")
    asked = let_leave(page)
    await page.route("**/context", lambda route: route.abort() if _types(route.request) else route.continue_())
    await page.get_by_label("What was the need").fill("Typed and not yet saved")
    await page.reload()
    assert asked == ["beforeunload"]
    await page.unroute("**/context")
    await expect(page.get_by_role("heading", name="You typed something here that was not saved")).to_be_visible()
    await page.get_by_text("Show what was kept").click()
    await expect(page.locator("[data-kept-text]")).to_have_text("Typed and not yet saved")
    await page.get_by_role("button", name="Use what I typed").click()
    await expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    await expect(page.get_by_label("What was the need")).to_have_value("Typed and not yet saved")
    await expect(page.get_by_text("You typed something here")).to_have_count(0)
    assert await page.evaluate("localStorage.length") == 0
    content = await content_of(site, "member-1", identifier)
    assert content["context"]["en"]["text"] == "Typed and not yet saved"


def _types(request: Request) -> bool:
    return "x-autosave" in request.headers


async def test_what_was_typed_without_a_network_is_kept_and_saved_when_it_is_back(page: Page, site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    await open_step(page, site, identifier, "context")
    await page.context.set_offline(True)
    await page.get_by_label("What was the need").fill("Written in the train")
    await expect(page.get_by_role("status").filter(has_text="No connection.")).to_be_visible()
    await page.get_by_role("button", name="Save and continue").click()  # goes nowhere, and loses nothing
    await expect(page.get_by_label("What was the need")).to_have_value("Written in the train")
    await page.context.set_offline(False)
    await saved(page)
    content = await content_of(site, "member-1", identifier)
    assert content["context"]["en"]["text"] == "Written in the train"


async def test_what_was_typed_without_a_network_is_offered_back_and_can_be_given_up(page: Page, site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    await open_step(page, site, identifier, "context")
    before = await page.get_by_label("What was the need").input_value()
    await page.context.set_offline(True)
    await page.get_by_label("What was the need").fill("Not wanted after all")
    await expect(page.get_by_role("status").filter(has_text="No connection.")).to_be_visible()
    later = await page.context.new_page()
    await page.close()  # as when the device is turned off
    await page.context.set_offline(False)
    await later.goto(f"/share/{identifier}/context")
    offer = later.get_by_role("heading", name="You typed something here that was not saved")
    await expect(offer).to_be_visible()
    assert await found_by_axe(later) == []
    await later.get_by_role("button", name="Keep what is saved").click()
    await expect(offer).to_have_count(0)
    await later.reload()
    await expect(later.get_by_label("What was the need")).to_have_value(before)
    await expect(offer).to_have_count(0)


async def test_a_link_to_a_field_in_a_closed_fold_opens_it(page: Page, site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    await open_step(page, site, identifier, "background")
    await page.goto(f"/share/{identifier}/at?field=/programme/website")
    await expect(page.get_by_label("Address of the project’s website")).to_be_focused()


async def test_a_session_that_ended_keeps_the_text_until_one_is_back(page: Page, site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    await open_step(page, site, identifier, "context")
    await page.route("**/inbox/live", lambda route: route.abort())  # the live count is another room's
    cookies = await page.context.cookies()
    await page.context.clear_cookies(name="pe_session")
    await page.get_by_label("What was the need").fill("Written after the session ended")
    await expect(page.get_by_role("status").filter(has_text="Your sign-in has ended")).to_be_visible()
    let_leave(page)
    await page.context.add_cookies([cookie for cookie in cookies if cookie.get("name") == "pe_session"])  # type: ignore[misc]
    await page.goto(f"/share/{identifier}/context")
    await page.get_by_role("button", name="Use what I typed").click()
    await expect(page.get_by_label("What was the need")).to_have_value("Written after the session ended")
    content = await content_of(site, "member-1", identifier)
    assert content["context"]["en"]["text"] == "Written after the session ended"


async def test_two_windows_never_write_over_each_other(page: Page, site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    await open_step(page, site, identifier, "title")
    other = await page.context.new_page()
    await other.goto(f"/share/{identifier}/title")
    # Another field: both are saved.
    theirs, ours = fresh("Theirs"), fresh("Ours")
    await other.get_by_label("Summary").fill("Saved in the other window")
    await saved(other)
    await page.get_by_label("Title").fill(ours)
    await saved(page)
    content = await content_of(site, "member-1", identifier)
    assert (content["title"]["en"]["text"], content["summary"]["en"]["text"]) == (ours, "Saved in the other window")
    # The same field: both are shown, and a person chooses.
    await other.get_by_label("Title").fill(theirs)
    await expect(other.get_by_role("status").filter(has_text="This was changed in another place")).to_be_visible()
    await other.get_by_role("button", name="Save and continue").click()
    await expect(other.get_by_role("heading", name="This was changed in two places")).to_be_visible()
    await expect(other.get_by_label("Title", exact=True)).to_have_value(theirs)
    await expect(other.get_by_role("group", name="Saved meanwhile").get_by_text(ours)).to_be_visible()
    assert await found_by_axe(other) == []
    await other.get_by_label("Title", exact=True).fill(f"{ours} {theirs}")
    await other.get_by_role("button", name="Save and continue").click()
    await other.wait_for_url(f"**/share/{identifier}/context")
    content = await content_of(site, "member-1", identifier)
    assert content["title"]["en"]["text"] == f"{ours} {theirs}"
    assert content["summary"]["en"]["text"] == "Saved in the other window"
    # And what was saved meanwhile can stay.
    await page.get_by_label("Title").fill("A third")
    await page.get_by_role("button", name="Save and continue").click()
    await page.get_by_label("What was saved meanwhile").check()
    await page.get_by_role("button", name="Save and continue").click()
    await page.wait_for_url(f"**/share/{identifier}/context")
    content = await content_of(site, "member-1", identifier)
    assert content["title"]["en"]["text"] == f"{ours} {theirs}"


async def test_a_double_click_submits_once(page: Page, site: Site) -> None:
    identifier = await ready_to_submit(site, "member-6")
    await open_step(page, site, identifier, "check", "member-6")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await page.get_by_role("button", name="Submit it").dblclick()
    await expect(page.get_by_role("heading", name="Thank you, it is submitted")).to_be_visible()
    assert len(sent) == 1


async def test_a_file_is_sent_with_its_progress(page: Page, site: Site, tmp_path: Path) -> None:
    identifier = await ready_to_submit(site, "member-1")
    await open_step(page, site, identifier, "files")
    image = tmp_path / "kitchen <b>.png"
    image.write_bytes(PIXEL)
    await page.get_by_label("File", exact=True).set_input_files(image)
    await page.get_by_role("button", name="Add this file").click()
    await expect(page.get_by_label("What does the image show?")).to_be_focused()
    await expect(page.get_by_text("Say in words what the image shows")).to_be_visible()
    await page.get_by_label("What does the image show?").fill("One dark dot")
    told: list[str] = []
    await page.expose_function("told", lambda text: told.append(text))  # noqa: PLW0108 - it takes no bound method of a list
    await page.evaluate(
        "new MutationObserver(() => told(document.querySelector('[data-share-upload] [data-status]').textContent))"
        ".observe(document.querySelector('[data-share-upload] [data-status]'), {childList: true})"
    )
    await page.get_by_role("button", name="Add this file").click()
    await expect(page.get_by_role("heading", name="1 file")).to_be_visible()
    assert "Sent. The file is being checked." in told
    shown = page.get_by_role("img", name="One dark dot")
    await expect(shown).to_have_js_property("naturalWidth", 1)
    program = tmp_path / "program.exe"
    program.write_bytes(b"MZ" + bytes(5000))
    await page.get_by_label("File", exact=True).set_input_files(program)
    await page.get_by_role("button", name="Add this file").click()
    await expect(page.get_by_text("This kind of file is not taken")).to_be_visible()
    assert await found_by_axe(page) == []
    await page.get_by_role("link", name=re.compile("Remove")).click()
    await page.get_by_role("button", name="Remove it").click()
    await expect(page.get_by_role("heading", name="1 file")).to_have_count(0)


async def test_a_step_is_done_with_the_keyboard_alone(page: Page, site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    await open_step(page, site, identifier, "where")
    await page.get_by_label("Add a country").first.focus()
    await page.keyboard.type("Portugal")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Portugal")).to_be_checked()
    await page.keyboard.type("Germany")
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Germany")).to_be_checked()
    await page.get_by_label("Cross-border").focus()
    await page.keyboard.press("ArrowDown")
    for _ in range(3):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent.trim()") == "Save and continue":
            break
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/share/{identifier}/who")
    content = await content_of(site, "member-1", identifier)
    assert content["countries"] == ["FI", "IT", "PT", "DE"]
    assert content["reach"] == "european"


async def test_rows_come_and_go_in_place(page: Page, site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    await open_step(page, site, identifier, "who")
    await page.get_by_role("button", name="Add another author").click()
    second = page.get_by_role("group", name="Author 2")
    await expect(second.get_by_label("Name of the author")).to_be_focused()
    await second.get_by_label("Name of the author").fill("Second Author")
    await saved(page)
    await page.get_by_role("button", name="Remove Author 1").click()
    await expect(page.get_by_role("group", name="Author 1").get_by_label("Name")).to_have_value("Second Author")
    await page.get_by_role("button", name="Save and continue").click()
    await page.wait_for_url("**/background")
    content = await content_of(site, "member-1", identifier)
    assert content["authors"] == [{"name": "Second Author"}]


async def test_half_typed_fields_do_not_keep_the_others_from_being_saved(page: Page, site: Site) -> None:
    identifier = await ready_to_submit(site, "member-1")
    await open_step(page, site, identifier, "terms")
    await page.get_by_label("E-mail address").fill("aino@")
    await page.get_by_label("Who paid for it?").fill("The city")
    await expect(page.get_by_role("status").filter(has_text="all but what is not right yet")).to_be_visible()
    content = await content_of(site, "member-1", identifier)
    assert content["declarations"]["funding"] == "The city"
    assert content["contact"]["email"] == "aino@example.org"
    await page.get_by_role("button", name="Save and continue").click()
    await expect(page.get_by_role("alert")).to_be_focused()
    assert await found_by_axe(page) == []
    await page.get_by_role("link", name=re.compile("E-mail address")).click()
    await expect(page.get_by_label("E-mail address")).to_be_focused()
