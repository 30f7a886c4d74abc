"""Where a search leads outwards: its feed and its files."""

from typing import Final
from urllib.parse import urlencode

from services.web.reader.asked import Asked

# What a feed can be filtered by; it knows no words, years, regions of the world or levels of evidence.
_FILTERS: Final = ("kind", "sector", "theme", "country", "language", "organisation")


def feed_address(asked: Asked | None, language: str) -> str | None:
    """Return the feed of what is found by these filters, or of everything; None where there is none of just that."""
    chosen = asked.chosen if asked else {}
    if (asked and asked.text) or set(chosen) - set(_FILTERS):
        return None
    pairs = [(name, code) for name in _FILTERS for code in chosen.get(name, ())]
    return f"/feed.atom?{urlencode([*pairs, ('lang', language)])}"


def export_addresses(asked: Asked) -> dict[str, str]:
    """Return the address of the file in each form; that for spreadsheets begins by telling them that it is UTF-8."""
    query = asked.address().partition("?")[2]
    tail = f"&{query}" if query else ""
    others = {form: f"/search/export.{form}" + (f"?{query}" if query else "") for form in ("json", "bib", "ris")}
    return {"csv": f"/search/export.csv?bom=1{tail}", **others}
