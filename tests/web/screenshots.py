"""``python -m tests.web.screenshots FOLDER``: every page at 360, 768 and 1280 px, light and dark, as PNG.

It starts a site of its own, unless ``--first-port`` names a demo that runs. ``--language de`` takes them in German.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright

from local.addresses import Ports
from services.web.page.languages import LANGUAGES
from tests.web.browser import ARGUMENTS, find_browser, sign_in
from tests.web.places import Place, everywhere, set_scene
from tests.web.site import Site, running_site

_WIDTHS = (360, 768, 1280)
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Where the pictures go, of which pages, in which language."""

    folder: Path
    only: str
    language: str


async def main(wanted: Wanted, first_port: int | None) -> None:
    if first_port:
        await _take(Site(ports=Ports(first=first_port)), wanted)
        return
    with tempfile.TemporaryDirectory() as data:
        async with running_site(Path(data)) as site:
            await _take(site, wanted)


async def _take(site: Site, wanted: Wanted) -> None:
    scene = await set_scene(site)
    places = [placed(scene) for name, placed in everywhere() if wanted.only in name]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=await asyncio.to_thread(find_browser), args=ARGUMENTS
        )
        for sub in dict.fromkeys(place.sub for place in places):
            await _as(sub, [place for place in places if place.sub == sub], browser, site, wanted)
        await browser.close()


async def _as(sub: str | None, places: list[Place], browser: Browser, site: Site, wanted: Wanted) -> None:
    context = await browser.new_context(base_url=site.url, locale="en-GB")
    page: Page = await context.new_page()
    if sub:
        await sign_in(page, site, sub, "/accessibility")
    for place in places:
        for width in _WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            joint = "&" if "?" in place.path else "?"
            # Anew for each width: scripts look at the width when a page opens.
            await page.goto(f"{place.path}{joint}lang={wanted.language}")
            for scheme in _SCHEMES:
                await page.emulate_media(color_scheme=scheme)
                file = wanted.folder / f"{place.name}-{width}{'-dark' if scheme == 'dark' else ''}.png"
                await page.screenshot(path=file, full_page=True)
        print(f"{place.name}: {place.path}", flush=True)  # noqa: T201 - a command line
    await context.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.web.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first-port", type=int, help="use the demo that runs on these ports (quorum 1)")
    parser.add_argument("--only", default="", help="only the pages whose name holds this")
    parser.add_argument("--language", default="en", choices=LANGUAGES, help="what the pages speak")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    chosen = Wanted(folder=arguments.folder, only=arguments.only, language=arguments.language)
    asyncio.run(main(chosen, arguments.first_port))
    sys.exit(0)
