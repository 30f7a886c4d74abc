"""A real browser for the tests, and people who use it."""

import os
import shutil
from pathlib import Path

from playwright.async_api import Page

from local.idp.accounts import PASSWORD
from tests.web.site import Site

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


class NoBrowser(Exception):
    """There is none, and how to get one."""


def find_browser() -> Path:
    """Return the Chromium to use: ``CHROMIUM``, else one that is installed. Raises NoBrowser."""
    if given := os.environ.get("CHROMIUM"):
        return Path(given)
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise NoBrowser("no Chromium is installed: apt-get install chromium, or name one with CHROMIUM=/path/to/it")


async def sign_in(page: Page, site: Site, sub: str, to: str = "/") -> None:
    """Sign in through the provider's page, as a person does, and come to ``to``."""
    await page.goto(f"/sign-in?to={to}")
    account = site.account(sub)
    await page.get_by_label(account.name).check()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{site.url}{to}")
