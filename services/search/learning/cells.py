"""Countries and themes: in which countries nothing is published on a theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.search.index import Snapshot, engine

_COUNTRIES: Final = 300
_THEMES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A country with its number of practices, and how many of them are on each theme that has any there."""

    country: str
    practices: int
    themes: dict[str, int]


def rows_of(snapshot: Snapshot) -> tuple[Row, ...]:
    """Return the countries that have practices, those with most first. Raises IndexBroken."""
    themes = {"theme": {"terms": {"field": "theme", "size": _THEMES, "segment_size": _THEMES}}}
    wanted = {
        "country": {
            "terms": {"field": "country", "size": _COUNTRIES, "segment_size": _COUNTRIES},
            "aggs": themes,
        }
    }
    with engine():
        found = snapshot.searcher.aggregate(snapshot.everything(), wanted)
    rows = (
        Row(
            country=bucket["key"],
            practices=bucket["doc_count"],
            themes={inner["key"]: inner["doc_count"] for inner in bucket["theme"]["buckets"]},
        )
        for bucket in found["country"]["buckets"]
    )
    return tuple(sorted(rows, key=lambda row: (-row.practices, row.country)))
