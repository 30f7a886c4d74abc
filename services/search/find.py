"""One search, from the words to the hits: what matches, in which order, shown how, and the counts beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tantivy import DocAddress, Order, Query

from services.search.analysis import Analysis
from services.search.compose import compose
from services.search.facets import Count, Filters, count_facets, filtered
from services.search.index import Snapshot, engine, total
from services.search.marking import Marker
from services.search.query import understand
from services.search.schema import PUBLISHED, read_shown
from services.search.snippets import Excerpt, excerpt

# So many hits can be paged through; whoever needs more wants the catalogue's export.
DEEPEST: Final = 10_000
_SLIPPED: Final = 50  # how far the last hit of a page may have moved in a newer snapshot


class Sort(StrEnum):
    """The order of results. Without words to be relevant to, relevance means newest."""

    RELEVANCE = "relevance"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is searched for. ``after`` is the id of the hit before the first wanted one, where the snapshot of the page
    before is gone. A ``limit`` of 0 asks for the counts alone.
    """

    text: str = ""
    filters: Filters
    sort: Sort = Sort.RELEVANCE
    language: str = ""
    limit: int = 20
    offset: int = 0
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One practice found: what the index keeps of it, and how it answers the query."""

    shown: Mapping[str, Any]
    excerpt: Excerpt
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of results. ``offset`` is where it begins; ``partial`` says that some match only some of the words.

    ``doubtful`` says that a word is hardly known, so another may have been meant.
    """

    total: int
    offset: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, list[Count]]
    partial: bool
    doubtful: bool = False


def find(search: Search, snapshot: Snapshot, analysis: Analysis) -> Found:
    """Run a search on a snapshot. Takes milliseconds of a core: not for the event loop. Raises IndexBroken."""
    with engine():
        asked = understand(search.text, analysis)
        plan = compose(asked, snapshot, analysis)
        query = filtered(plan.query, search.filters, snapshot)
        by_score = search.sort is Sort.RELEVANCE and bool(plan.terms)
        total, offset, ranked = _ranked(search, query, snapshot, by_score=by_score)
        marker = Marker(plan.terms, analysis)
        hits = []
        for score, address in ranked:
            shown = read_shown(snapshot.searcher.doc(address))
            hits.append(Hit(shown=shown, excerpt=excerpt(shown, marker, search.language), score=score))
        facets = count_facets(plan.matching, search.filters, snapshot)
    return Found(
        total=total,
        offset=offset,
        hits=tuple(hits),
        facets=facets,
        partial=plan.partial,
        doubtful=any(term.errors for term in plan.terms),
    )


def ranked_ids(search: Search, snapshot: Snapshot, analysis: Analysis) -> tuple[str, ...]:
    """Return the ids of the hits alone, in the order in which ``find`` has them. Raises IndexBroken."""
    with engine():
        plan = compose(understand(search.text, analysis), snapshot, analysis)
        query = filtered(plan.query, search.filters, snapshot)
        by_score = search.sort is Sort.RELEVANCE and bool(plan.terms)
        _, _, ranked = _ranked(search, query, snapshot, by_score=by_score)
        return tuple(read_shown(snapshot.searcher.doc(address))["id"] for _, address in ranked)


Ranked = list[tuple[float | None, DocAddress]]


def _ranked(search: Search, query: Query, snapshot: Snapshot, *, by_score: bool) -> tuple[int, int, Ranked]:
    """Return the number of hits, where the page begins, and its hits."""
    if not search.limit:
        return total(snapshot.searcher.search(query, 1)), search.offset, []
    first, many = search.offset, search.limit
    if search.after:
        first, many = max(0, search.offset - _SLIPPED), search.limit + 2 * _SLIPPED
    found = snapshot.searcher.search(
        query, many, offset=first, order_by_field=None if by_score else PUBLISHED, order=Order.Desc
    )
    ranked: Ranked = [(score if by_score else None, address) for score, address in found.hits]
    if search.after:
        ids = [read_shown(snapshot.searcher.doc(address))["id"] for _, address in ranked]
        skip = ids.index(search.after) + 1 if search.after in ids else min(search.offset - first, len(ranked))
        first, ranked = first + skip, ranked[skip : skip + search.limit]
    return total(found), first, ranked
