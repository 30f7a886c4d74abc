"""Sitemaps (sitemaps.org, protocol 0.9): an index, and parts written as they are read."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from services.syndication.xml import add, begin, clean, to_bytes

MEDIA_TYPE: Final = "application/xml"
NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML: Final = "http://www.w3.org/1999/xhtml"
# The protocol allows 50,000 addresses and 50 MB in a part; with 24 languages each practice has 25 links.
PART: Final = 10_000
_S: Final = f"{{{NAMESPACE}}}"


def index(parts: Sequence[tuple[datetime, int]], site: str) -> bytes:
    """Return the index; there is always a first part, which holds the home page."""
    root = begin(NAMESPACE, "sitemapindex")
    for number, (changed, _) in enumerate(parts or [(None, 0)], start=1):
        row = add(root, f"{_S}sitemap")
        add(row, f"{_S}loc", f"{site}/sitemaps/{number}")
        if changed:
            add(row, f"{_S}lastmod", _moment(changed))
    return to_bytes(root)


async def part(
    first: dict[str, Any] | None, rest: AsyncIterator[dict[str, Any]], *, home: str | None
) -> AsyncIterator[bytes]:
    """Yield a part piece by piece; ``home`` is the address of the site where this is the first part."""
    yield (f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{NAMESPACE}" xmlns:xhtml="{XHTML}">\n').encode()
    if home:
        yield f"<url><loc>{_escaped(home + '/')}</loc></url>\n".encode()
    if first:
        yield _row(first)
    async for one in rest:
        yield _row(one)
    yield b"</urlset>\n"


def _row(practice: dict[str, Any]) -> bytes:
    address, languages = practice["address"], practice["languages"]
    links = [("x-default", address)] if len(languages) > 1 else []
    links += [(tag, f"{address}?{urlencode({'text': tag})}") for tag in languages if links]
    alternates = "".join(
        f'<xhtml:link rel="alternate" hreflang={quoteattr(clean(tag))} href={quoteattr(clean(link))}/>'
        for tag, link in links
    )
    changed = _moment(practice["time"])
    return f"<url><loc>{_escaped(address)}</loc><lastmod>{changed}</lastmod>{alternates}</url>\n".encode()


def _escaped(text: str) -> str:
    return escape(clean(text))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
