"""Paper, and devices that were asked for less motion."""

import pytest
from playwright.async_api import Page, expect

from tests.web import lives
from tests.web.browser import signed_in
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_practice_is_printed_whole_and_without_what_only_a_screen_needs(page: Page, site: Site) -> None:
    life = await lives.published(site)
    await page.goto(f"/practices/{life.id}")
    await page.emulate_media(media="print")
    for gone in (".site-head", ".foot", ".crumbs", ".toc", ".skip", "#versions"):
        await expect(page.locator(gone).first).to_be_hidden()
    for kept in ("h1", ".summary", ".reading", ".key-facts", "#cite"):
        await expect(page.locator(kept).first).to_be_visible()
    assert await page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert (await page.pdf(format="A4")).startswith(b"%PDF")


async def test_a_case_is_printed_without_cut_off_panes(page: Page, site: Site) -> None:
    life = await lives.in_review(site)
    await signed_in(page, site, "reviewer-3", f"/cases/{life.case_id}")
    await page.emulate_media(media="print")
    cut = (
        "() => [...document.querySelectorAll('.pane')].filter((one) => one.scrollHeight > one.clientHeight + 1).length"
    )
    assert await page.evaluate(cut) == 0


@pytest.mark.parametrize("path", ["/", "/search", "/about"])
async def test_nothing_moves_for_those_who_asked_for_less_motion(page: Page, path: str) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await page.goto(path)
    # Whatever a style sheet would move stands still.
    await page.evaluate("() => document.querySelector('h1').classList.add('moves')")
    moving = """() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`.moves { transition: color 2s; animation: moves 2s infinite; scroll-behavior: smooth }
        @keyframes moves { to { opacity: 0 } }`);
      document.adoptedStyleSheets = [sheet];
      const style = getComputedStyle(document.querySelector("h1"));
      return [style.animationName, style.transitionDuration, style.scrollBehavior, document.getAnimations().length];
    }"""
    assert await page.evaluate(moving) == ["none", "0s", "auto", 0]
