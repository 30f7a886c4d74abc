"""``python -m tests.web.screenshots FOLDER``: every page at 360, 768 and 1280 px, light and dark, as PNG.

It starts a site of its own, unless ``--first-port`` names a demo that runs. ``--language de`` takes them in German, and
``--width`` and ``--scheme`` take fewer.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from playwright.async_api import Page, async_playwright

from local.addresses import Ports
from services.web.page.languages import LANGUAGES
from tests.web.browser import ARGUMENTS, find_browser, sign_in
from tests.web.places import OUTSIDE, Place, everywhere
from tests.web.scene import names_in, set_scene
from tests.web.sent import ANSWERS, MISTAKES, send
from tests.web.site import Site, running_site

Scheme = Literal["light", "dark"]

_WIDTHS = (360, 768, 1280)
_SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Where the pictures go, of which pages, in which language, how wide and in which colours."""

    folder: Path
    only: Sequence[str]
    language: str
    widths: Sequence[int]
    schemes: Sequence[Scheme]

    def holds(self, name: str) -> bool:
        return not self.only or any(part in name for part in self.only)


async def main(wanted: Wanted, first_port: int | None) -> None:
    if first_port:
        await _take(Site(ports=Ports(first=first_port)), wanted)
        return
    with tempfile.TemporaryDirectory() as data:
        async with running_site(Path(data)) as site:
            await _take(site, wanted)


async def _take(site: Site, wanted: Wanted) -> None:
    scene = await set_scene(site)
    places = [placed(scene) for name, placed in everywhere() if wanted.holds(name)]
    forms = [form for form in (*MISTAKES, *ANSWERS) if wanted.holds(form.name)]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=await asyncio.to_thread(find_browser), args=ARGUMENTS
        )
        for sub in dict.fromkeys([*(place.sub for place in places), *(form.sub for form in forms)]):
            context = await browser.new_context(base_url=site.url, locale="en-GB")
            page = await context.new_page()
            if sub:
                await sign_in(page, site, sub, "/accessibility")
            for place in places:
                if place.sub == sub:
                    await _visit(page, place, wanted)
            for form in forms:
                if form.sub == sub:
                    await send(page, form, scene, wanted.language)
                    await _picture(page, f"sent-{form.name}", wanted)
            await context.close()
        page = await browser.new_page(locale=wanted.language)
        for name, service, path in OUTSIDE:
            if wanted.holds(name):
                await page.goto(f"{site.ports.url(service)}{path.format_map(names_in(scene))}")
                await _picture(page, name, wanted)
        await browser.close()


async def _visit(page: Page, place: Place, wanted: Wanted) -> None:
    path, _, query = place.path.partition("?")
    asked = {**dict(parse_qsl(query)), "lang": wanted.language}
    for width in wanted.widths:
        await page.set_viewport_size({"width": width, "height": 900})
        # Anew for each width: scripts look at the width when a page opens.
        await page.goto(f"{path}?{urlencode(asked)}")
        await _picture(page, place.name, replace(wanted, widths=(width,)))


async def _picture(page: Page, name: str, wanted: Wanted) -> None:
    for width in wanted.widths:
        await page.set_viewport_size({"width": width, "height": 900})
        for scheme in wanted.schemes:
            await page.emulate_media(color_scheme=scheme)
            file = wanted.folder / f"{name}-{width}{'-dark' if scheme == 'dark' else ''}.png"
            await page.screenshot(path=file, full_page=True)
    print(f"{name}: {page.url}", flush=True)  # noqa: T201 - a command line


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.web.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first-port", type=int, help="use the demo that runs on these ports (quorum 1)")
    parser.add_argument("--only", nargs="+", default=(), help="only the pages whose name holds one of these")
    parser.add_argument("--language", default="en", choices=LANGUAGES, help="what the pages speak")
    parser.add_argument("--width", type=int, nargs="+", default=_WIDTHS, help="pixels")
    parser.add_argument("--scheme", nargs="+", default=_SCHEMES, choices=_SCHEMES, help="colours")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    chosen = Wanted(
        folder=arguments.folder,
        only=arguments.only,
        language=arguments.language,
        widths=arguments.width,
        schemes=arguments.scheme,
    )
    asyncio.run(main(chosen, arguments.first_port))
    sys.exit(0)
