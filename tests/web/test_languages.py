"""A page speaks one language, and what people wrote in another says so (WCAG 3.1.1, 3.1.2)."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.web import lives
from tests.web.browser import new_context, signed_in
from tests.web.places import Placed, everywhere
from tests.web.scene import Scene
from tests.web.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]

# Words that English sentences have and German ones have not.
_ENGLISH = r"\b(the|of|and|your|you|were|with|this|that|they|is|are|about|from|their|what)\b"

# What is written without saying in which language (dir=auto), commands, names and addresses count as no language.
_FOREIGN = """(english) => {
  const found = [], pattern = new RegExp(english, "i");
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const parent = node.parentElement;
    if (parent.closest("script, template, textarea, code, pre, bdi, option, ins, del, [dir=auto], .citation")) continue;
    if (parent.closest("[lang]").lang === "de" && pattern.test(node.data)) found.push(node.data.trim());
  }
  return found;
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def windows(chromium: Browser, site: Site) -> AsyncIterator[dict[str | None, Page]]:
    known: dict[str | None, Page] = {}
    yield known
    for page in known.values():
        await page.context.close()


@pytest.mark.parametrize(("name", "placed"), everywhere(), ids=[name for name, _ in everywhere()])
async def test_a_german_page_holds_no_english_that_is_not_marked(
    name: str, placed: Placed, scene: Scene, windows: dict[str | None, Page], chromium: Browser, site: Site
) -> None:
    place = placed(scene)
    if place.sub not in windows:
        windows[place.sub] = await (await new_context(chromium, site, locale="de-DE")).new_page()
        if place.sub:
            await signed_in(windows[place.sub], site, place.sub, "/about")
    page = windows[place.sub]
    joint = "&" if "?" in place.path else "?"
    await page.goto(f"{place.path.replace('lang=en', '')}{joint}lang=de")
    assert await page.evaluate("() => document.documentElement.lang") == "de"
    assert await page.evaluate(_FOREIGN, _ENGLISH) == []


async def test_an_entry_of_the_inbox_is_told_in_the_language_of_the_page(site: Site) -> None:
    async with site.signed_in(lives.AUTHOR) as http:
        german = (await http.get("/preferences?lang=de")).text
        assert "Ihr Beitrag ist veröffentlicht" in german
        assert "Your contribution is published" not in german
