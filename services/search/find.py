"""One search, from the words to the hits: what matches, in which order, shown how, and the counts beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from operator import itemgetter
from typing import Any, Final

from tantivy import DocAddress, Occur, Order, Query

from services.search.analysis import Analysis
from services.search.compose import Plan, compose
from services.search.facets import Count, Filters, count_facets, filtered
from services.search.index import Snapshot, engine, total
from services.search.marking import Marker
from services.search.query import understand
from services.search.schema import NUMBER, PLACE, PUBLISHED, REUSES, read_shown
from services.search.snippets import Excerpt, excerpt

# So many hits can be paged through; whoever needs more wants the catalogue's export.
DEEPEST: Final = 10_000
_CLOSELY: Final = 300  # hits that the 4-grams put in order; the rest follow as the stems rank them
_SLIPPED: Final = 50  # how far the last hit of a page may have moved in a newer snapshot


class Sort(StrEnum):
    """The order of results. Without words to be relevant to, relevance means newest."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    MOST_REUSED = "most_reused"


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

    ``doubtful`` says that a word is hardly known, so another may have been meant. ``language`` is that of the query,
    where it can be told; practices in it come before others that answer alike.
    """

    total: int
    offset: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, list[Count]]
    partial: bool
    doubtful: bool = False
    language: str = ""


def find(search: Search, snapshot: Snapshot, analysis: Analysis, *, counting: Executor | None = None) -> Found:
    """Run a search on a snapshot. Takes milliseconds of a core: not for the event loop. Raises IndexBroken.

    With threads for ``counting``, which must not be those that this is called on, the facets are counted meanwhile.
    """
    with engine():
        plan = compose(understand(search.text, analysis), snapshot, analysis)
        count = partial(count_facets, plan.matching, search.filters, snapshot)
        counted = counting.submit(count) if counting else None
        page = _page(search, plan, snapshot)
        marker = Marker(plan.terms, analysis)
        hits = []
        for score, address in page.ranked:
            shown = read_shown(snapshot.searcher.doc(address))
            hits.append(Hit(shown=shown, excerpt=excerpt(shown, marker, search.language), score=score))
        facets = counted.result() if counted else count()
    return Found(
        total=page.total,
        offset=page.offset,
        hits=tuple(hits),
        facets=facets,
        partial=plan.partial,
        doubtful=any(term.errors for term in plan.terms),
        language=plan.language,
    )


def ranked_ids(search: Search, snapshot: Snapshot, analysis: Analysis) -> tuple[str, ...]:
    """Return the ids of the hits alone, in the order in which ``find`` has them. Raises IndexBroken."""
    with engine():
        plan = compose(understand(search.text, analysis), snapshot, analysis)
        return tuple(_ids([address for _, address in _page(search, plan, snapshot).ranked], snapshot))


Ranked = list[tuple[float | None, DocAddress]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """How many match, where the page begins, and its hits."""

    total: int
    offset: int
    ranked: Ranked


def _page(search: Search, plan: Plan, snapshot: Snapshot) -> _Page:
    if not search.limit:
        query = filtered(plan.matching, search.filters, snapshot)
        return _Page(total=snapshot.count(query), offset=search.offset, ranked=[])
    first, many = search.offset, search.limit
    if search.after:
        first, many = max(0, search.offset - _SLIPPED), search.limit + 2 * _SLIPPED
    found, ranked = _order_of(search, plan)(search, plan, snapshot, first, many)
    if search.after:
        ids = _ids([address for _, address in ranked], snapshot)
        skip = ids.index(search.after) + 1 if search.after in ids else min(search.offset - first, len(ranked))
        first, ranked = first + skip, ranked[skip : skip + search.limit]
    return _Page(total=found, offset=first, ranked=ranked)


def _order_of(search: Search, plan: Plan) -> Callable[[Search, Plan, Snapshot, int, int], tuple[int, Ranked]]:
    if search.sort is Sort.MOST_REUSED:
        return _by_reuse
    return _by_score if search.sort is Sort.RELEVANCE and plan.terms else _by_date


def _by_reuse(search: Search, plan: Plan, snapshot: Snapshot, first: int, many: int) -> tuple[int, Ranked]:
    """Put first what the most practices link to; of such as are linked to alike, and of all others, the newest."""
    searcher, query = snapshot.searcher, filtered(plan.matching, search.filters, snapshot)
    counts = _reused(snapshot)
    linked = Query.term_set_query(snapshot.schema, NUMBER, list(counts))
    both = Query.boolean_query([(Occur.Must, query), (Occur.Must, linked)])
    found = searcher.search(both, max(1, len(counts)), order_by_field=PUBLISHED, order=Order.Desc)
    addresses = [address for _, address in found.hits]
    numbers = searcher.fast_field_values(NUMBER, addresses)
    ahead = sorted(
        zip(numbers, addresses, strict=True), key=lambda one: -counts[int(one[0] or 0)]
    )  # stable: the newest first
    others = Query.boolean_query([(Occur.Must, query), (Occur.MustNot, linked)])
    rest = searcher.search(others, many, offset=max(0, first - len(ahead)), order_by_field=PUBLISHED, order=Order.Desc)
    page = [address for _, address in ahead[first : first + many]]
    page += [address for _, address in rest.hits][: many - len(page)]
    return total(found) + total(rest), [(None, address) for address in page]


def _reused(snapshot: Snapshot) -> dict[int, int]:
    """Return by its number how many practices link to each that is linked to, as many as can be paged through."""
    wanted = {REUSES: {"terms": {"field": REUSES, "size": DEEPEST, "segment_size": DEEPEST}}}
    buckets = snapshot.searcher.aggregate(snapshot.everything(), wanted)[REUSES]["buckets"]
    return {int(bucket["key"]): bucket["doc_count"] for bucket in buckets}


def _by_date(search: Search, plan: Plan, snapshot: Snapshot, first: int, many: int) -> tuple[int, Ranked]:
    query = filtered(plan.matching, search.filters, snapshot)
    found = snapshot.searcher.search(query, many, offset=first, order_by_field=PUBLISHED, order=Order.Desc)
    return total(found), [(None, address) for _, address in found.hits]


def _by_score(search: Search, plan: Plan, snapshot: Snapshot, first: int, many: int) -> tuple[int, Ranked]:
    """Rank by stems, and the best of these once more with the 4-grams, which would cost too much for all."""
    searcher = snapshot.searcher
    found = searcher.search(filtered(plan.query, search.filters, snapshot), max(_CLOSELY, first + many))
    hits = found.hits
    best, rest = hits[:_CLOSELY], hits[_CLOSELY:]
    if plan.grams and first < _CLOSELY:
        places = searcher.fast_field_values(PLACE, [address for _, address in best])
        # One by one: a set of terms would be looked for along the whole dictionary of each segment.
        bound = Query.boolean_query([(Occur.Should, snapshot.term(PLACE, int(place or 0))) for place in places])
        alike = searcher.search(plan.alike(bound), _CLOSELY, count=False).hits
        more = {(address.segment_ord, address.doc): score for score, address in alike}
        both = [(score + more.get((address.segment_ord, address.doc), 0.0), address) for score, address in best]
        best = sorted(both, key=itemgetter(0), reverse=True)
    # The scores of the rest leave the 4-grams out: they end where the others may not have begun.
    lowest = best[-1][0] if best else 0.0
    ranked = [*best, *((min(score, lowest), address) for score, address in rest)]
    return total(found), ranked[first : first + many]


def _ids(addresses: list[DocAddress], snapshot: Snapshot) -> list[str]:
    return [read_shown(snapshot.searcher.doc(address))["id"] for address in addresses]
