"""Filters, and how many practices each further choice would leave.

The counts of a facet are those under the query and every *other* filter: within one facet choices add up, so the
counts beside them say what choosing one more would bring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tantivy import Occur, Query

from services.search.index import Snapshot
from services.search.schema import FACETS, YEAR

Filters = Mapping[str, tuple[str, ...]]

# Values shown of a facet; the vocabularies are shorter, organisations and years are cut to the most frequent.
_SHOWN: Final = 50
_SHOWN_OF: Final[Mapping[str, int]] = {"country": 250, "language": 200, "year": 100}
# Counts are true only if no segment of the index leaves out a value.
_PER_SEGMENT: Final = 65_000
# A set of terms reads every practice that has one of them; so many terms one by one skip what the words do not match.
_FEW: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One value of a facet and the practices that have it."""

    code: str
    practices: int
    chosen: bool


def filtered(query: Query, filters: Filters, snapshot: Snapshot, *, but: str = "") -> Query:
    """Return the query under every filter, except that on the facet ``but``."""
    bounds = [
        (Occur.Must, _bound(facet, codes, snapshot)) for facet, codes in filters.items() if codes and facet != but
    ]
    return Query.boolean_query([(Occur.Must, query), *bounds]) if bounds else query


def count_facets(query: Query, filters: Filters, snapshot: Snapshot) -> dict[str, list[Count]]:
    """Return the counts of every facet, the most frequent value first; chosen values are listed even at 0."""
    chosen = [facet for facet in FACETS if filters.get(facet)]
    rest = [facet for facet in FACETS if facet not in chosen]
    buckets = _aggregate(filtered(query, filters, snapshot), rest, snapshot)
    for facet in chosen:
        buckets |= _aggregate(filtered(query, filters, snapshot, but=facet), [facet], snapshot)
    return {facet: _counts(buckets[facet], filters.get(facet, ())) for facet in FACETS}


def _bound(facet: str, codes: Iterable[str], snapshot: Snapshot) -> Query:
    values = [int(code) for code in codes] if facet == YEAR else list(codes)
    if len(values) > _FEW:
        bound = Query.term_set_query(snapshot.schema, facet, values)
    else:
        bound = Query.boolean_query([(Occur.Should, snapshot.term(facet, value)) for value in values])
    return Query.const_score_query(bound, 0.0)


def _aggregate(query: Query, facets: Iterable[str], snapshot: Snapshot) -> dict[str, dict[str, int]]:
    wanted = {
        facet: {"terms": {"field": facet, "size": _SHOWN_OF.get(facet, _SHOWN), "segment_size": _PER_SEGMENT}}
        for facet in facets
    }
    if not wanted:
        return {}
    found: dict[str, Any] = snapshot.searcher.aggregate(query, wanted)
    return {
        facet: {_code(bucket["key"]): bucket["doc_count"] for bucket in result["buckets"]}
        for facet, result in found.items()
    }


def _code(key: str | float) -> str:
    return key if isinstance(key, str) else str(int(key))


def _counts(practices: Mapping[str, int], chosen: tuple[str, ...]) -> list[Count]:
    every = {**dict.fromkeys(chosen, 0), **practices}
    counts = [Count(code=code, practices=number, chosen=code in chosen) for code, number in every.items()]
    return sorted(counts, key=lambda count: (-count.practices, count.code))
