"""Every page in every state: nothing that axe-core finds, light, dark or with forced colours; it reflows and grows."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.web.axe import clipped, found_by_axe, found_in_colours, too_small, too_wide
from tests.web.browser import new_context, signed_in
from tests.web.places import OUTSIDE, Place, Placed, everywhere
from tests.web.scene import Scene, names_in
from tests.web.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]

PLACES = everywhere()


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def windows(chromium: Browser, site: Site) -> AsyncIterator[dict[str | None, Page]]:
    """A window for each person who looks, signed in once."""
    known: dict[str | None, Page] = {}
    yield known
    for page in known.values():
        await page.context.close()


async def window(known: dict[str | None, Page], chromium: Browser, site: Site, sub: str | None) -> Page:
    if sub not in known:
        known[sub] = await (await new_context(chromium, site)).new_page()
        if sub:
            await signed_in(known[sub], site, sub, "/accessibility")
    return known[sub]


@pytest.mark.parametrize(("name", "placed"), PLACES, ids=[name for name, _ in PLACES])
async def test_a_page_can_be_used_by_everybody(
    name: str, placed: Placed, scene: Scene, windows: dict[str | None, Page], chromium: Browser, site: Site
) -> None:
    place: Place = placed(scene)
    page = await window(windows, chromium, site, place.sub)
    await page.emulate_media(color_scheme="light", forced_colors="none", contrast="no-preference")
    await page.set_viewport_size({"width": 1280, "height": 900})
    answer = await page.goto(place.path)
    assert answer
    assert answer.status == place.status
    found = {"light": await found_by_axe(page), "small targets": await too_small(page)}
    await page.emulate_media(color_scheme="dark")
    found["dark"] = await found_in_colours(page)
    await page.emulate_media(color_scheme="light", contrast="more")
    found["more contrast"] = await found_in_colours(page)
    await page.emulate_media(forced_colors="active", contrast="no-preference")
    found["forced colours"] = await found_in_colours(page)
    await page.emulate_media(forced_colors="none")
    await page.set_viewport_size({"width": 320, "height": 700})
    found["320 px wide"] = [*await too_wide(page), *await found_by_axe(page)]
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    found["text twice as large"] = [*await too_wide(page), *await clipped(page)]
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert await page.evaluate("() => document.documentElement.lang") == "en"
    assert await page.locator("h1").count() == 1
    assert (await page.title()).endswith("Practice Exchange")


@pytest.mark.parametrize(("name", "service", "path"), OUTSIDE, ids=[name for name, _, _ in OUTSIDE])
async def test_pages_of_other_services_can_be_used_by_everybody(
    name: str, service: str, path: str, chromium: Browser, scene: Scene, site: Site
) -> None:
    page = await (await new_context(chromium, site, viewport={"width": 1280, "height": 900})).new_page()
    await page.goto(f"{site.ports.url(service)}{path.format_map(names_in(scene))}")
    found = {"light": [*await found_by_axe(page), *await too_wide(page)]}
    await page.emulate_media(color_scheme="dark")
    found["dark"] = await found_in_colours(page)
    for width in (320, 360, 768):
        await page.set_viewport_size({"width": width, "height": 700})
        found[f"{width} px wide"] = await too_wide(page)
    found["on a phone"] = [*await found_by_axe(page), *await too_small(page)]
    assert {how: lines for how, lines in found.items() if lines} == {}, name
    await page.context.close()
