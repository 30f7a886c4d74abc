"""The whole story as people live it in their browsers: with scripts and their interruptions, and without any script.

A member writes, a reviewer asks for changes, the member answers, it is approved, a reader finds it in another language,
the member gets a mail and unsubscribes. A reviewer of the member's own organisation is kept out all the while.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.contents import complete_content
from tests.life import CRITERIA, GATES
from tests.waiting import eventually
from tests.web.browser import new_context, sign_in
from tests.web.site import Json, Site, fresh

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]

AUTHOR, CONFLICTED, REVIEWER, COORDINATOR = "member-3", "reviewer-2", "reviewer-3", "coordinator-1"

MOST_PAGES = 30

Opened = Callable[[str | None, str], Awaitable[Page]]


@pytest_asyncio.fixture(params=["with scripts", "without scripts"], loop_scope="package")
async def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "with scripts")


@pytest_asyncio.fixture(loop_scope="package")
async def at(chromium: Browser, site: Site, scripts: bool) -> AsyncIterator[Opened]:
    """Open a window for somebody (None: a visitor) at an address; each has a browser of their own."""
    windows: dict[str | None, Page] = {}
    async with AsyncExitStack() as stack:

        async def opened(sub: str | None, path: str) -> Page:
            if sub not in windows:
                locale = "en-GB" if sub else "fr-FR"
                context = await new_context(chromium, site, locale=locale, java_script_enabled=scripts)
                stack.push_async_callback(context.close)
                windows[sub] = await context.new_page()
                if sub:
                    await sign_in(windows[sub], site, sub, "/about")
                    await windows[sub].goto("/about?lang=en")
            await windows[sub].goto(path)
            return windows[sub]

        yield opened


async def begin(at: Opened) -> str:
    """Begin a lesson learned through the first page; return its id."""
    page = await at(AUTHOR, "/share")
    await page.get_by_role("radio", name="Lesson learned").check()
    await page.get_by_label("Which language do you write in?").select_option("en")
    await page.get_by_role("button", name="Begin").click()
    await page.wait_for_url("**/share/*/title")
    found = re.search(r"/share/([0-9a-f-]{36})/title", page.url)
    assert found
    return found[1]


async def write(page: Page, site: Site, identifier: str, title: str, *, interrupted: bool) -> None:
    """Fill in title and summary; with scripts, lose the page, the network and the thread on the way."""
    if interrupted:
        await page.get_by_label("Title", exact=True).fill("What the station")
        await expect(page.get_by_role("status").filter(has_text=re.compile(r"^Saved \d"))).to_be_visible()
        await page.reload()
        await expect(page.get_by_label("Title", exact=True)).to_have_value("What the station")
        other = await page.context.new_page()
        await other.goto(f"/share/{identifier}/context")
        await other.get_by_label("What was the need").fill("Written in another tab.")
        await expect(other.get_by_role("status").filter(has_text=re.compile(r"^Saved \d"))).to_be_visible()
        await other.close()
        await page.context.set_offline(True)
        await page.get_by_label("Title", exact=True).fill(title)
        await expect(page.get_by_text("kept on this device").first).to_be_visible()
        await page.context.set_offline(False)
    await page.get_by_label("Title", exact=True).fill(title)
    await page.get_by_label("Summary").fill("Two schools missed each other's train, and what they do since.")
    await page.get_by_role("button", name="Save and continue").click()
    await page.wait_for_url("**/context")
    if interrupted:
        await expect(page.get_by_label("What was the need")).to_have_value("Written in another tab.")


async def fill_in_the_rest(site: Site, identifier: str) -> None:
    """Fill in what the form's own tests fill in page by page."""
    seen = await site.call(AUTHOR, "submissions", "GET", f"/contributions/{identifier}")
    rest = complete_content("lesson_learned")
    rest |= {
        "lead_organisation": {"id": "creches-du-bord-de-loire", "name": "Crèches du Bord de Loire", "country": "FR"}
    }
    content = {name: value for name, value in rest.items() if name not in ("title", "summary", "kind")}
    await site.call(
        AUTHOR,
        "submissions",
        "PATCH",
        f"/contributions/{identifier}",
        {"content": content},
        headers={"If-Match": f'"{seen["revision"]}"'},
    )


async def state_is(site: Site, identifier: str, state: str) -> None:
    async def there() -> bool:
        seen = await site.call(AUTHOR, "submissions", "GET", f"/contributions/{identifier}")
        return bool(seen["state"] == state)

    await eventually(there)


async def has_case(site: Site, case: str, round_: int) -> None:
    """Wait until the case is before the reviewers in that round."""

    async def there() -> bool:
        answer = await site.ask(COORDINATOR, "review", "GET", f"/cases/{case}")
        return answer.is_success and answer.json()["round"] == round_

    await eventually(there)


async def review(at: Opened, case: str, title: str, *, recommendation: str, comment: str | None) -> None:
    """Take the case from the desk, fill in the review and finish it."""
    page = await at(REVIEWER, "/reviews")
    for _ in range(MOST_PAGES):  # other tests leave cases too
        if await page.get_by_role("link", name=title).count():
            break
        await page.get_by_role("link", name="More cases").click()
    await page.get_by_role("button", name=f"Take this case ({title})").click()
    await page.wait_for_url(f"**/cases/{case}")
    for gate in GATES:
        await page.locator(f"#gate-{gate}-yes").check()
    for criterion in CRITERIA:
        await page.locator(f"#score-{criterion}-3").check()
        await page.locator(f"#reason-{criterion}").fill("Shown by what they tell.")
    if comment:
        await page.locator("[name$=-pointer]").first.select_option("/title")
        await page.locator("[name$=-severity]").first.select_option("must")
        await page.locator("textarea[name^=comment-]").first.fill(comment)
    await page.get_by_label("Words to the authors").fill("Thank you, others will learn from this.")
    await page.locator(f"#recommendation-{recommendation}").check()
    await page.get_by_role("button", name="Finish the review").click()
    await expect(page.get_by_role("status").or_(page.get_by_role("heading", level=1)).first).to_be_visible()


async def decide(at: Opened, case: str, outcome: str, reason: str | None) -> None:
    page = await at(COORDINATOR, f"/board/{case}/decision?outcome={outcome}")
    if reason:
        await page.locator(f"#reasons-{reason}").check()
    await page.get_by_label("What you tell the authors").fill("We decided with pleasure.")
    await page.locator("button[value=look]:not(.sr)").click()
    await expect(page.get_by_role("heading", name="Send this decision?")).to_be_visible()
    await page.get_by_role("button", name=re.compile("^Send it")).click()
    await page.wait_for_url("**/board**")


async def mails(site: Site, sub: str, subject: str) -> list[Json]:
    address = site.account(sub).email
    async with httpx.AsyncClient(trust_env=False) as http:
        found = (await http.get(f"{site.ports.url('mailbox')}/api/messages", params={"to": address})).json()
    return [one for one in found["messages"] if subject in one["subject"]]


async def answer(at: Opened, identifier: str, title: str) -> None:
    """See the decision, change the title, answer the comment and hand it in again."""
    page = await at(AUTHOR, f"/mine/{identifier}")
    await expect(page.get_by_text("Say in the title where it was.").first).to_be_visible()
    page = await at(AUTHOR, f"/share/{identifier}/title")
    await page.get_by_label("Title", exact=True).fill(title)
    await page.get_by_role("button", name="Save and continue").click()
    await page.wait_for_url("**/context")
    page = await at(AUTHOR, f"/mine/{identifier}/answers")
    await page.get_by_label("Your answer").fill("We name the town now.")
    await page.get_by_role("button", name="Hand it in again").click()
    await page.wait_for_url(f"**/mine/{identifier}")


async def find_in_french(site: Site, at: Opened, token: str, title: str) -> None:
    """Look for it by the French label of its theme, and read it in its own language within French pages."""

    async def found() -> bool:
        hits = await site.call(None, "search", "GET", f"/search?q={token}")
        return bool(hits["total"])

    await eventually(found)
    page = await at(None, "/")
    await expect(page.locator("html")).to_have_attribute("lang", "fr")
    await page.locator("main input[name=q]").fill(f"reconnaissance {token}")
    await page.locator("main").get_by_role("button", name="Rechercher").first.click()
    await page.get_by_role("link", name=title).first.click()
    heading = page.get_by_role("heading", level=1)
    await expect(heading).to_contain_text(title)
    await expect(page.locator("h1[lang=en], h1 [lang=en]").first).to_have_text(title)


async def unsubscribe(site: Site, at: Opened, token: str) -> None:
    """Take the link of the mail that says it is published, without being signed in."""

    async def told() -> Json | None:
        return next(iter(await mails(site, AUTHOR, token)), None)

    letter = await eventually(told)
    async with httpx.AsyncClient(trust_env=False) as http:
        raw = (await http.get(f"{site.ports.url('mailbox')}/messages/{letter['id']}/raw")).text
    link = re.search(r"List-Unsubscribe: <([^>]+)>", raw)
    assert link
    assert link[1].startswith(f"{site.url}/unsubscribe/")
    page = await at(None, link[1].removeprefix(site.url))
    stop = page.get_by_role("button").first
    said = await stop.inner_text()
    await stop.click()
    await expect(page.get_by_role("button").first).not_to_have_text(said)  # now it offers to take that back
    await page.get_by_role("button").first.click()
    await expect(page.get_by_role("button").first).to_have_text(said)


async def test_the_whole_story(site: Site, at: Opened, scripts: bool) -> None:
    title = fresh("What the station taught us")
    token = title.rpartition(" ")[2]
    identifier = await begin(at)
    case = f"{identifier}-1"
    page = await at(AUTHOR, f"/share/{identifier}/title")
    await write(page, site, identifier, title, interrupted=scripts)
    await fill_in_the_rest(site, identifier)
    page = await at(AUTHOR, f"/share/{identifier}/check")
    await page.get_by_role("button", name="Submit it").click()
    await state_is(site, identifier, "in_review")
    await has_case(site, case, 1)

    page = await at(CONFLICTED, "/reviews")
    await expect(page.get_by_text(title)).to_have_count(0)
    page = await at(CONFLICTED, f"/cases/{case}")
    await expect(page.get_by_text(title)).to_have_count(0)
    await expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")

    await review(at, case, title, recommendation="request_changes", comment="Say in the title where it was.")
    await decide(at, case, "request_changes", "incomplete")
    await state_is(site, identifier, "changes_requested")
    await answer(at, identifier, f"{title} in Nantes")
    await has_case(site, case, 2)

    await review(at, case, f"{title} in Nantes", recommendation="approve", comment=None)
    await decide(at, case, "approve", None)
    await state_is(site, identifier, "published")
    await find_in_french(site, at, token, f"{title} in Nantes")
    await unsubscribe(site, at, token)
