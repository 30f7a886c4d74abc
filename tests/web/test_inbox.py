"""What a person was told: inbox, live count, preferences, and the link in every mail."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.waiting import eventually
from tests.web import lives
from tests.web.browser import signed_in
from tests.web.share_form import follow, send, sheet
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")

READER = "member-2"


async def told(site: Site, sub: str, title: str) -> None:
    """Wait until somebody's inbox holds an entry about a contribution."""

    async def there() -> bool:
        found = await site.call(sub, "notifications", "GET", "/inbox")
        return any(notice["title"] == title for notice in found["items"])

    await eventually(there)


async def test_entries_lead_to_what_they_are_about_and_can_be_marked_as_read(site: Site) -> None:
    life = await lives.in_review(site, author=READER)
    await told(site, READER, life.title)
    async with site.signed_in(READER) as http:
        page = (await http.get("/inbox")).text
        assert life.title in page
        entry = re.search(rf'href="(/[^"]*{life.id}[^"]*)" data-notice="([^"]+)"', page)
        assert entry
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf
        done = await http.post(f"/inbox/{entry[2]}/read", data={"csrf": csrf[1], "to": entry[1]})
        assert (done.status_code, done.headers["location"]) == (303, entry[1])
        assert f"/inbox/{entry[2]}/read" not in (await http.get("/inbox")).text
        done = await http.post("/inbox/read", data={"csrf": csrf[1]})
        assert done.status_code == 303
        assert "You have read everything." in (await http.get("/inbox?only=unread")).text


async def test_nobody_reads_anybody_elses_entries(site: Site) -> None:
    life = await lives.in_review(site, author=READER)
    await told(site, READER, life.title)
    entry = (await site.call(READER, "notifications", "GET", "/inbox"))["items"][0]
    async with site.signed_in("member-3") as http:
        page = (await http.get("/inbox")).text
        assert life.title not in page
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf
        answer = await http.post(f"/inbox/{entry['id']}/read", data={"csrf": csrf[1]})
        assert answer.status_code == 404


async def test_the_count_rises_by_itself_in_every_tab(page: Page, site: Site) -> None:
    await signed_in(page, site, "reviewer-6", "/inbox")
    second = await page.context.new_page()
    await second.goto("/about")
    await lives.in_review(site, author="reviewer-6")
    for window in (page, second):
        await expect(window.locator("[data-unread]")).not_to_be_empty()
    before = int(await second.locator("[data-unread]").inner_text())
    await page.reload()
    await page.get_by_role("button", name="Mark everything as read").click()
    await expect(page.get_by_role("status").filter(has_text="Everything is marked as read.")).to_be_visible()
    await expect(second.locator("[data-unread]")).to_be_empty()
    assert before >= 1


async def test_preferences_are_kept_and_a_change_elsewhere_is_not_overwritten(site: Site) -> None:
    async with site.signed_in("member-5") as http:
        page = await http.get("/preferences?lang=en")
        shown = re.findall(r'<select class="short" name="([^"]+)"', page.text)
        assert "published.mail" in shown
        assert not any(name.startswith("review_assigned") for name in shown)  # not a reviewer's
        form = sheet(page, 1).write({"published.mail": "off"})
        await follow(http, await send(http, form))
        kept = await http.get("/preferences")
        assert sheet(kept, 1).fields["published.mail"] == ["off"]
        late = sheet(page, 1).write({"published.mail": "daily"})  # of a page that was opened before
        assert "changed elsewhere meanwhile" in (await follow(http, await send(http, late))).text
        assert sheet(await http.get("/preferences"), 1).fields["published.mail"] == ["off"]


async def test_language_and_time_zone_are_kept(site: Site) -> None:
    async with site.signed_in("member-5") as http:
        form = sheet(await http.get("/preferences?lang=en")).fill(language="fr", time_zone="Europe/Vienna")
        await follow(http, await send(http, form))
        me = await site.call("member-5", "notifications", "GET", "/me")
        assert (me["chosen_language"], me["time_zone"]) == ("fr", "Europe/Vienna")


async def test_the_link_in_a_mail_needs_no_sign_in_and_asks_before_it_stops_anything(site: Site) -> None:
    async with site.browser() as http:
        unknown = await http.get("/unsubscribe/unknown-token-of-nobody", headers={"accept": "text/html,*/*"})
        assert (unknown.status_code, unknown.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "There is no such page" in unknown.text
        script = await http.post("/unsubscribe/unknown-token-of-nobody", content=b"List-Unsubscribe=One-Click")
        assert (script.status_code, script.headers["content-type"]) == (404, "application/problem+json")
        assert (await http.get("/unsubscribe/..%2f..%2fme")).status_code in {303, 404}


async def test_pages_for_people_send_visitors_to_sign_in_and_back(site: Site) -> None:
    async with site.browser() as http:
        answer = await http.get("/inbox?only=unread")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?to=%2Finbox%3Fonly%3Dunread"


async def test_a_page_whose_session_ended_stops_asking_for_the_count(site: Site) -> None:
    async with site.browser() as http:
        answer = await http.get("/inbox/live", headers={"accept": "text/event-stream"})
        assert answer.status_code == 204
