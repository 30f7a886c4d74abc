"""``python -m tests.web.screenshots FOLDER``: every page at 360, 768 and 1280 px, light, and at 1280 px dark, as PNG.

It starts a site of its own with the sample contributions, unless ``--first-port`` names a demo that runs.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from local.addresses import Ports
from tests.web.browser import ARGUMENTS, find_browser, sign_in
from tests.web.places import Place, everywhere, set_scene
from tests.web.site import Site, running_site

_SIZES = ((360, "light"), (768, "light"), (1280, "light"), (1280, "dark"))


async def main(folder: Path, first_port: int | None, only: str) -> None:
    if first_port:
        await _take(Site(ports=Ports(first=first_port)), folder, only)
        return
    with tempfile.TemporaryDirectory() as data:
        async with running_site(Path(data)) as site:
            await _take(site, folder, only)


async def _take(site: Site, folder: Path, only: str) -> None:
    scene = await set_scene(site)
    places = [placed(scene) for name, placed in everywhere() if only in name]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=await asyncio.to_thread(find_browser), args=ARGUMENTS
        )
        for sub in dict.fromkeys(place.sub for place in places):
            await _as(sub, [place for place in places if place.sub == sub], browser, site, folder)
        await browser.close()


async def _as(sub: str | None, places: list[Place], browser: Browser, site: Site, folder: Path) -> None:
    context = await browser.new_context(base_url=site.url, locale="en-GB")
    page: Page = await context.new_page()
    if sub:
        await sign_in(page, site, sub, "/accessibility")
    for place in places:
        await page.goto(place.path)
        for width, scheme in _SIZES:
            await page.set_viewport_size({"width": width, "height": 900})
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            file = folder / f"{place.name}-{width}{'-dark' if scheme == 'dark' else ''}.png"
            await page.screenshot(path=file, full_page=True)
        print(f"{place.name}: {place.path}", flush=True)  # noqa: T201 - a command line
    await context.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.web.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first-port", type=int, help="use the demo that runs on these ports (quorum 1)")
    parser.add_argument("--only", default="", help="only the pages whose name holds this")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(arguments.folder, arguments.first_port, arguments.only))
    sys.exit(0)
