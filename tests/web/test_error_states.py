"""Forms that are not right yet: the focus is on what is wrong, with scripts and without; everybody can use the page."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.web import lives
from tests.web.axe import clipped, found_by_axe, too_small, too_wide
from tests.web.browser import sign_in
from tests.web.places import Scene, set_scene
from tests.web.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A form that somebody sends as it is, after typing into ``fill`` (label and text), with this button."""

    name: str
    sub: str
    path: str
    button: str
    fill: tuple[tuple[str, str], ...] = ()


MISTAKES = (
    Mistake(name="share-begin", sub=lives.AUTHOR, path="/share", button="Begin"),
    Mistake(
        name="share-step",
        sub=lives.AUTHOR,
        path="/share/{draft}/terms",
        button="Save and continue",
        fill=(("E-mail address", "no address"),),
    ),
    Mistake(name="import", sub=lives.AUTHOR, path="/mine/import", button="Look at what would happen"),
    Mistake(name="answers", sub=lives.AUTHOR, path="/mine/{waiting}/answers", button="Hand it in again"),
    Mistake(
        name="profile",
        sub="reviewer-4",
        path="/reviews/profile",
        button="Save",
        fill=(("How many cases I take at once", "-3"),),
    ),
    Mistake(name="review", sub=lives.REVIEWER, path="/cases/{claimed}-1", button="Finish the review"),
    Mistake(
        name="conflict", sub=lives.REVIEWER, path="/cases/{claimed}-1/conflict", button="Declare it and leave the case"
    ),
    Mistake(
        name="decision",
        sub=lives.COORDINATOR,
        path="/board/{reviewed}-1/decision?outcome=reject",
        button="See what will happen",
    ),
    Mistake(
        name="agreement",
        sub=lives.COORDINATOR,
        path="/board/practices/{proposal}/agreement",
        button="See what will happen",
    ),
    Mistake(
        name="take-down",
        sub=lives.COORDINATOR,
        path="/board/practices/{public}/take-down",
        button="See what will happen",
    ),
)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def scene(site: Site) -> Scene:
    return await set_scene(site)


@pytest_asyncio.fixture(loop_scope="package", params=[True, False], ids=["with scripts", "without scripts"])
async def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest_asyncio.fixture(loop_scope="package")
async def window(chromium: Browser, site: Site, scripts: bool) -> AsyncIterator[Page]:
    context = await chromium.new_context(base_url=site.url, locale="en-GB", java_script_enabled=scripts)
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize("mistake", MISTAKES, ids=[one.name for one in MISTAKES])
async def test_what_is_wrong_takes_the_focus_and_can_be_used_by_everybody(
    mistake: Mistake, scene: Scene, window: Page, site: Site, scripts: bool
) -> None:
    await sign_in(window, site, mistake.sub, "/accessibility")
    await window.goto(mistake.path.format_map({name: getattr(scene, name).id for name in Scene.__slots__}))
    for label, text in mistake.fill:
        await window.get_by_label(label).fill(text)
    await window.locator("button:not(.sr)", has_text=mistake.button).last.click()
    summary = window.locator(".errors")
    await expect(summary).to_be_focused()
    await expect(window).to_have_title(re.compile("^Error: "))
    for link in await summary.get_by_role("link").all():
        target = (await link.get_attribute("href") or "").removeprefix("#")
        assert await window.locator(f"[id='{target}']").count() == 1, target
    if scripts:  # axe-core cannot run where no script may
        assert await _trouble(window) == {}


async def _trouble(page: Page) -> dict[str, list[str]]:
    """Return what keeps somebody from using the page, by how they look at it."""
    found = {"light": [*await found_by_axe(page), *await too_small(page)]}
    await page.emulate_media(color_scheme="dark")
    found["dark"] = await found_by_axe(page)
    await page.emulate_media(color_scheme="light", forced_colors="active")
    found["forced colours"] = await found_by_axe(page)
    await page.emulate_media(forced_colors="none")
    await page.set_viewport_size({"width": 320, "height": 700})
    found["320 px wide"] = [*await too_wide(page), *await found_by_axe(page)]
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    found["text twice as large"] = [*await too_wide(page), *await clipped(page)]
    return {name: lines for name, lines in found.items() if lines}
