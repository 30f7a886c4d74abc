"""The reader's pages with scripts, in a real browser: results in place, the address bar, the combobox, the map."""

import re

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.contents import said
from tests.web import lives
from tests.web.browser import new_context
from tests.web.site import Site, fresh

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def _two(site: Site) -> str:
    """Publish two practices with a word of their own, one from Finland, one from Italy; return the word."""
    word = fresh("w").replace(" ", "q")
    await lives.published(site, summary=said(f"About {word} in the north."), countries=["FI"], sectors=["vet"])
    await lives.published(site, summary=said(f"About {word} in the south."), countries=["IT"], sectors=["adult"])
    return word


def _results(page: Page) -> Locator:
    return page.locator(".result")


async def test_a_filter_changes_the_results_in_place_and_the_address_with_them(page: Page, site: Site) -> None:
    word = await _two(site)
    await page.goto(f"/search?q={word}")
    await page.evaluate("document.body.dataset.same = 'yes'")
    box = page.get_by_role("checkbox", name=re.compile("Vocational"))
    await box.focus()
    await page.keyboard.press("Space")
    await expect(_results(page)).to_have_count(1)
    await expect(page).to_have_url(f"{site.url}/search?q={word}&sector=vet")
    await expect(page.locator("body")).to_have_attribute("data-same", "yes")
    await expect(box).to_be_focused()
    await expect(box).to_be_checked()
    await expect(page.locator("#said")).to_contain_text("1 contribution for")
    await expect(page.get_by_role("link", name="Français")).to_have_attribute(
        "href", re.compile(r"sector=vet.*lang=fr")
    )


async def test_back_and_forward_bring_results_boxes_and_words_back(page: Page, site: Site) -> None:
    word = await _two(site)
    await page.goto(f"/search?q={word}")
    await page.get_by_role("checkbox", name=re.compile("Vocational")).check()
    await expect(_results(page)).to_have_count(1)
    await page.get_by_role("searchbox").or_(page.get_by_role("combobox")).first.fill(f"{word} south")
    await page.get_by_role("button", name="Search").click()
    await expect(page).to_have_url(re.compile("south"))
    await page.go_back()
    await expect(page).to_have_url(f"{site.url}/search?q={word}&sector=vet")
    await expect(page.locator("#q")).to_have_value(word)
    await expect(_results(page)).to_have_count(1)
    await page.go_back()
    await expect(_results(page)).to_have_count(2)
    await expect(page.get_by_role("checkbox", name=re.compile("Vocational"))).not_to_be_checked()
    await page.go_forward()
    await expect(page.get_by_role("checkbox", name=re.compile("Vocational"))).to_be_checked()


async def test_a_chip_takes_its_filter_off_and_the_focus_goes_to_the_number(page: Page, site: Site) -> None:
    word = await _two(site)
    await page.goto(f"/search?q={word}&country=FI")
    await expect(_results(page)).to_have_count(1)
    await page.get_by_role("link", name=re.compile("Remove the filter: Country: Finland")).press("Enter")
    await expect(_results(page)).to_have_count(2)
    await expect(page).to_have_url(f"{site.url}/search?q={word}")
    await expect(page.locator("#count")).to_be_focused()


async def test_what_was_unfolded_stays_unfolded(page: Page, site: Site) -> None:
    word = await _two(site)
    await page.goto(f"/search?q={word}")
    await page.locator("#facet-country > summary").click()
    await page.get_by_role("checkbox", name=re.compile("Vocational")).check()
    await expect(_results(page)).to_have_count(1)
    await expect(page.locator("#facet-country")).to_have_attribute("open", "")


async def test_results_that_do_not_come_in_place_come_as_a_page(page: Page, site: Site) -> None:
    word = await _two(site)
    await page.goto(f"/search?q={word}")

    async def lose(route: Route) -> None:
        if "hx-request" in route.request.headers:
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/search?*", lose)
    await page.get_by_role("checkbox", name=re.compile("Vocational")).check()
    await expect(page).to_have_url(f"{site.url}/search?q={word}&sector=vet")
    await expect(_results(page)).to_have_count(1)
    await page.get_by_role("link", name=re.compile("Remove the filter: Sector")).click()
    await expect(page).to_have_url(f"{site.url}/search?q={word}")
    await expect(_results(page)).to_have_count(2)


async def test_suggestions_are_chosen_by_keyboard(page: Page, site: Site) -> None:
    await lives.published(site, themes=["digital"])
    await page.goto("/")
    box = page.get_by_role("combobox")
    await box.press_sequentially("digit")
    options = page.get_by_role("option")
    await expect(options.first).to_be_visible()
    await expect(box).to_have_attribute("aria-expanded", "true")
    await expect(page.locator("[data-suggests] [role=status]")).to_contain_text("suggestion")
    await box.press("ArrowDown")
    first = options.first
    await expect(first).to_have_attribute("aria-selected", "true")
    await expect(box).to_have_attribute("aria-activedescendant", await first.get_attribute("id") or "none")
    await expect(box).to_be_focused()
    await box.press("Escape")
    await expect(page.get_by_role("listbox")).to_be_hidden()
    await expect(box).to_have_value("digit")
    await box.press("ArrowDown")
    await expect(options.first).to_be_visible()
    await box.press("ArrowUp")
    await expect(options.last).to_have_attribute("aria-selected", "true")
    await box.press("ArrowDown")
    await expect(box).not_to_have_attribute("aria-activedescendant", re.compile("."))
    await box.press("ArrowDown")
    await box.press("Enter")
    await expect(page).to_have_url(re.compile(r"/search\?theme=digital$"))


async def test_enter_without_a_choice_searches_for_what_was_typed(page: Page, site: Site) -> None:
    word = await _two(site)
    await page.goto("/")
    await page.get_by_role("combobox").fill(word)
    await page.get_by_role("combobox").press("Enter")
    await expect(page).to_have_url(f"{site.url}/search?q={word}")
    await expect(_results(page)).to_have_count(2)


async def test_a_suggestion_is_text_whatever_it_holds(page: Page, site: Site) -> None:
    end = fresh("end").split()[-1]
    life = await lives.drafted(site, title=said(f"<img src=x onerror=alert(1)> wobble {end}"))
    await life.submit()
    await life.review()
    await life.decide()
    await life.come_to("published")
    await page.goto("/search")
    box = page.get_by_role("combobox")
    option = page.get_by_role("option", name=re.compile(f"wobble {end}"))
    async with page.expect_response(re.compile("suggestions")):
        await box.press_sequentially(end)
    await expect(option).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(page.locator("[role=option] img")).to_have_count(0)


async def test_the_map_leads_to_a_country(page: Page, site: Site) -> None:
    await lives.published(site, countries=["FI", "SN"])
    await page.goto("/")
    country = page.get_by_role("group", name="Map of the world").get_by_role("link", name=re.compile("^Senegal: "))
    await country.focus()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}/search?country=SN")
    await expect(page.get_by_role("checkbox", name=re.compile("^Senegal"))).to_be_checked()


async def test_a_citation_is_copied(chromium: Browser, site: Site) -> None:
    life = await lives.published(site)
    context = await new_context(chromium, site, permissions=["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    await page.goto(f"/practices/{life.id}")
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_text("Copied.")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Aino Example (")
    assert life.title in copied
    await context.close()


async def test_scripts_in_texts_do_not_run(page: Page, site: Site) -> None:
    evil = "<script>window.caught=1</script><img src=x onerror='window.caught=1'>"
    life = await lives.published(site, summary=said(evil), context=said(evil))
    for path in (f"/practices/{life.id}", "/", f"/search?q={life.title.rpartition(' ')[2]}"):
        await page.goto(path)
        assert await page.evaluate("window.caught") is None


@pytest.mark.parametrize("path", ["/", "/search", "practice"])
async def test_nothing_stands_out_of_a_narrow_window(page: Page, site: Site, path: str) -> None:
    life = await lives.published(site, context=said("Donaudampfschifffahrtsgesellschaftskapitän" * 6))
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.goto(f"/practices/{life.id}" if path == "practice" else path)
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
