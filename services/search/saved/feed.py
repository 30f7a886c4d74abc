"""The Atom feed of a saved search (RFC 4287): the newest practices that answer it, all of them public."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from tantivy import Order

from services.search.analysis import Analysis
from services.search.index import Snapshot, engine
from services.search.marking import Marker
from services.search.saved.searches import SavedSearch
from services.search.saved.standing import standing_of
from services.search.schema import PUBLISHED, read_shown
from services.search.snippets import Excerpt, excerpt

MEDIA_TYPE: Final = "application/atom+xml"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_ENTRIES: Final = 40
_PRODUCT: Final = "Practice Exchange"
# What XML 1.0 has no way to write.
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A practice that answers the search: what the index shows of it, in the language of the feed."""

    shown: dict[str, Any]
    excerpt: Excerpt


def newest(search: SavedSearch, snapshot: Snapshot, analysis: Analysis) -> tuple[News, ...]:
    """Return what answers a search, the newest first. Takes milliseconds of a core; raises IndexBroken."""
    with engine():
        query = standing_of(search, snapshot, analysis).query
        found = snapshot.searcher.search(query, _ENTRIES, count=False, order_by_field=PUBLISHED, order=Order.Desc)
        marker = Marker((), analysis)
        news = []
        for _, address in found.hits:
            shown = read_shown(snapshot.searcher.doc(address))
            news.append(News(shown=shown, excerpt=excerpt(shown, marker, search.language)))
    return tuple(news)


def atom(search: SavedSearch, news: Sequence[News], *, itself: str, site: str) -> bytes:
    """Write the feed. ``itself`` is its address, ``site`` that of the pages; the same news give the same bytes."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(_name("feed"))
    _add(feed, "id", itself)
    _add(feed, "title", search.name)
    latest = max((one.shown["published_at"] for one in news), default=search.created_at.isoformat())
    _add(feed, "updated", latest)
    _add(_add(feed, "author"), "name", _PRODUCT)
    _add(feed, "link", rel="self", type=MEDIA_TYPE, href=itself)
    _add(feed, "link", rel="alternate", type="text/html", href=_page(search, site))
    for one in news:
        feed.append(_entry(one))
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entry(news: News) -> ET.Element:
    shown, told = news.shown, news.excerpt
    entry = ET.Element(_name("entry"))
    _add(entry, "id", shown["address"])
    _add(entry, "title", told.title).set(_LANGUAGE, told.language)
    _add(entry, "updated", shown["published_at"])
    _add(entry, "published", shown["first_published_at"])
    _add(entry, "link", rel="alternate", href=shown["address"])
    for _, organisation in shown["organisations"][:1]:
        _add(_add(entry, "author"), "name", organisation)
    for theme in shown["themes"]:
        _add(entry, "category", term=theme)
    if told.summary:
        _add(entry, "summary", told.summary).set(_LANGUAGE, told.summary_language)
    return entry


def _page(search: SavedSearch, site: str) -> str:
    pairs = [("q", search.text)] if search.text else []
    pairs += [(facet, code) for facet, codes in search.filters.items() for code in codes]
    return f"{site}/search?{urlencode(pairs)}"


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, _name(name), {key: _writable(value) for key, value in attributes.items()})
    if text is not None:
        child.text = _writable(text)
    return child


def _name(name: str) -> str:
    return f"{{{_ATOM}}}{name}"


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
