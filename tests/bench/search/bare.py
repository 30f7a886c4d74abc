"""The raw reference: tantivy asked directly, in this process, on the index that the service has built.

The same two words, each by the stem that most practices have, the same three filters, ten hits, and the counts of all
facets in one pass under all filters. It leaves out what makes a search of it: words of other languages, names of
themes, 4-grams, the counts of a facet without its own filter, excerpts, labels, HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tantivy
from tantivy import Occur, Searcher

from services.search.analysis import Analysis, stemmer_of
from services.search.schema import BODY, FACETS, build_schema
from services.search.shelf import current_folder
from tests.bench.practices import FIELD
from tests.bench.search.texts import Query

_THREADS: Final = 2
_COUNTED: Final[dict[str, Any]] = {facet: {"terms": {"field": facet, "size": 50}} for facet in FACETS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """Seconds that each query took, and how many a second two threads answer."""

    taken: tuple[float, ...]
    rate: float


def measure(shelf: Path, queries: Sequence[Query], *, warming: int) -> Bare:
    """Ask the index that serves in the folder of a replica; raises OSError or ValueError where there is none."""
    schema = build_schema()
    index = tantivy.Index(schema, path=str(current_folder(shelf)))
    searcher, analysis = index.searcher(), Analysis()
    asked = [query_of(query, schema, searcher, analysis) for query in queries]
    for query in asked[:warming]:
        _ask(searcher, query)
    taken = tuple(_ask(searcher, query) for query in asked)
    began = time.perf_counter()
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(lambda query: _ask(searcher, query), asked))
    return Bare(taken=taken, rate=len(asked) / (time.perf_counter() - began))


def query_of(query: Query, schema: tantivy.Schema, searcher: Searcher, analysis: Analysis) -> tantivy.Query:
    """Return what tantivy is asked for a query of two words and three filters."""

    def has(field: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(schema, field, value)

    stemmers = frozenset(map(stemmer_of, FIELD))
    ways = [analysis.stems_of_word(word, stemmers) for word in query.text.split()]
    stems = [max(stems, key=lambda stem: searcher.doc_freq(BODY, stem)) for stems in ways]
    filters = {"kind": query.kinds, "sector": query.sectors, "theme": query.themes}
    bounds = [
        tantivy.Query.boolean_query([(Occur.Should, has(facet, code)) for code in codes])
        for facet, codes in filters.items()
    ]
    narrowed = [tantivy.Query.const_score_query(bound, 0.0) for bound in bounds]
    return tantivy.Query.boolean_query([(Occur.Must, part) for part in (*(has(BODY, s) for s in stems), *narrowed)])


def _ask(searcher: Searcher, query: tantivy.Query) -> float:
    began = time.perf_counter()
    searcher.search(query, 10)
    searcher.aggregate(query, _COUNTED)
    return time.perf_counter() - began
