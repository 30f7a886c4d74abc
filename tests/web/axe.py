"""What a machine can tell of a page's accessibility: axe-core, and whether it reflows."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "EN-301-549", "best-practice"]
# What hangs on colours. Every other rule is about what the page holds and how it is laid out.
_COLOURS = ["color-contrast", "link-in-text-block"]


async def found_by_axe(page: Page) -> list[str]:
    """Return the violations of WCAG 2.2 A and AA, EN 301 549 and best practice on the page as it is, a line each."""
    return await _found(page, _TAGS)


async def found_in_colours(page: Page) -> list[str]:
    """Return those violations that other colours alone can bring about, on a page that was looked at as a whole.

    That colour schemes change nothing else is for test_stylesheets.py to say.
    """
    return await _found(page, _COLOURS)


async def _found(page: Page, asked: list[str]) -> list[str]:
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))  # the page's own policy lets no other script in
    result: dict[str, Any] = await page.evaluate(
        "asked => axe.run(document, {runOnly: asked, resultTypes: ['violations']})", asked
    )
    return [
        f"{violation['id']}: {violation['help']}: {', '.join(str(node['target']) for node in violation['nodes'][:5])}"
        for violation in result["violations"]
    ]


async def too_wide(page: Page) -> list[str]:
    """Return what reaches beyond the window: a page must not scroll sideways (WCAG 1.4.10)."""
    found: list[str] = await page.evaluate(
        """() => {
          const room = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= room) return [];
          const scrolls = (element) => {
            for (let one = element.parentElement; one; one = one.parentElement)
              if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(one).overflowX)) return true;
            return false;
          };
          const wide = [...document.body.querySelectorAll('*')].filter(
            (element) => element.getBoundingClientRect().right > room + 1 && !scrolls(element));
          return [`${document.documentElement.scrollWidth} > ${room}`,
            ...wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
        }"""
    )
    return found


async def too_small(page: Page) -> list[str]:
    """Return controls smaller than 24 by 24 CSS pixels (WCAG 2.5.8), but for links within a sentence."""
    found: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll('button, input:not([type=hidden]), select, textarea, summary, a[href]')]
          .filter((element) => {
            const box = element.getBoundingClientRect();
            if (!box.width || !box.height || getComputedStyle(element).visibility === 'hidden') return false;
            if (element.closest('.sr, .skip, svg')) return false;
            const inline = element.tagName === 'A' && getComputedStyle(element).display === 'inline';
            return !inline && (box.width < 24 || box.height < 24);
          })
          .map((element) => element.outerHTML.slice(0, 120))"""
    )
    return found


async def clipped(page: Page) -> list[str]:
    """Return controls whose text is cut off, as it may be when text is twice as large (WCAG 1.4.4)."""
    found: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll('button, .button, .tag, .chip, h1, h2, h3, label, legend')]
          .filter((element) => {
            if (element.closest('.sr, .skip')) return false;
            const hides = getComputedStyle(element).overflowX !== 'visible';
            return hides && element.scrollWidth > element.clientWidth + 1;
          })
          .map((element) => element.outerHTML.slice(0, 120))"""
    )
    return found
