"""A real browser for the tests, and people who use it.

``python -m tests.web.browser`` finds one or installs one: an installed Chromium or Chrome, else the system's package,
else Playwright's own. ``CHROMIUM`` names another.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page
from playwright.sync_api import sync_playwright

from local.idp.accounts import PASSWORD
from tests.waiting import PATIENCE_SECONDS
from tests.web.site import Site

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PACKAGE = ("apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-core", "fonts-noto-cjk")
_WAYS = (
    "The tests of the pages need Chromium. Install it (Debian: sudo apt-get install chromium), or let Playwright fetch"
    " one (.venv/bin/python -m playwright install chromium), or name one with CHROMIUM=/path/to/it."
)
# Chromium's own sandbox does not work for root, as whom containers and CI run.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage")


class NoBrowser(Exception):
    """There is none; the message says how to get one."""


def find_browser() -> Path:
    """Return the Chromium to use. Raises NoBrowser."""
    if given := os.environ.get("CHROMIUM"):
        return Path(given)
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    if own.exists():
        return own
    raise NoBrowser(_WAYS)


def set_up() -> Path:
    """Find a browser or install one. Raises NoBrowser when none can be had."""
    try:
        return find_browser()
    except NoBrowser:
        for way in _installs():
            print(f"Installing a browser for the tests: {' '.join(way)}", flush=True)  # noqa: T201 - a command line
            subprocess.run(way, check=False, stdout=subprocess.DEVNULL)
            try:
                return find_browser()
            except NoBrowser:
                continue
        raise


def _installs() -> list[tuple[str, ...]]:
    ways: list[tuple[str, ...]] = [(sys.executable, "-m", "playwright", "install", "chromium")]
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways = [("apt-get", "update"), _PACKAGE, *ways]
    return ways


async def new_context(chromium: Browser, site: Site, **wishes: Any) -> BrowserContext:
    """A browser that nobody has used before, as patient as the tests are; close it."""
    context = await chromium.new_context(**{"base_url": site.url, "locale": "en-GB"} | wishes)
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    return context


async def signed_in(page: Page, site: Site, sub: str, to: str) -> None:
    """Come to ``to`` as somebody who has signed in: elsewhere, as the provider's pages take a browser long."""
    async with site.signed_in(sub) as http:
        await page.context.add_cookies(
            [
                {"name": one.name, "value": one.value or "", "domain": one.domain, "path": one.path, "httpOnly": True}
                for one in http.cookies.jar
            ]
        )
    await page.goto(to)


async def sign_in(page: Page, site: Site, sub: str, to: str = "/") -> None:
    """Sign in through the provider's page, as a person does, and come to ``to``."""
    await page.goto(f"/sign-in?to={to}")
    account = site.account(sub)
    await page.get_by_label(account.name).check()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{site.url}{to}")


if __name__ == "__main__":
    try:
        set_up()
    except NoBrowser as missing:
        print(missing, file=sys.stderr)  # noqa: T201 - a command line
        sys.exit(2)
