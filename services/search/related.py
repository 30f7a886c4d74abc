"""Practices like one: found by the words that tell it from others, and by its themes and sectors.

The library's own more-like-this fails while the index still counts practices that were withdrawn, and knows nothing of
codes; so the words are chosen here. Themes join practices across languages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from math import log
from typing import Any, Final

from tantivy import Occur, Query

from services.search.analysis import Analysis, stemmer_of
from services.search.find import Hit
from services.search.index import Snapshot, engine
from services.search.marking import Marker
from services.search.schema import BODY, KEY, PRACTICE, SUMMARY, TITLE, TYPE, read_shown
from services.search.snippets import excerpt
from shared.errors import NotFound

_WORDS: Final = 20  # asked for, the most telling ones
_WORDS_OF_TITLES: Final = 10  # also asked for in titles and summaries
_READ: Final = 4_000  # characters of the text looked at
# How often a word counts by where it stands.
_TITLE, _SUMMARY, _TEXT = 4, 2, 1
_COMMON: Final = 0.2  # a word in more than this share of practices tells nothing
_SHORTEST: Final = 3
# A rare theme shared weighs as much as some of the words together; a sector half of it.
_CODE_WEIGHTS: Final[Mapping[str, float]] = {"theme": 2.0, "sector": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Which practice others are to be like, in which language they are shown, and how many."""

    practice_id: str
    language: str = ""
    limit: int = 6


def related(wanted: Related, snapshot: Snapshot, analysis: Analysis) -> tuple[Hit, ...]:
    """Return the practices most like one, the likest first, never itself; raises NotFound, IndexBroken."""
    with engine():
        shown = _shown(wanted.practice_id, snapshot)
        if shown is None:
            raise NotFound("There is no such practice.")
        likeness = [*_by_words(shown, snapshot, analysis), *_by_codes(shown, snapshot)]
        if not likeness:
            return ()
        itself = snapshot.term(KEY, wanted.practice_id)
        bounds = [(Occur.Must, _likely(likeness)), (Occur.MustNot, itself)]
        found = snapshot.searcher.search(Query.boolean_query(bounds), wanted.limit, count=False)
        marker = Marker((), analysis)
        hits = ((score, read_shown(snapshot.searcher.doc(address))) for score, address in found.hits)
        return tuple(
            Hit(shown=other, excerpt=excerpt(other, marker, wanted.language), score=score) for score, other in hits
        )


def _likely(likeness: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in likeness])


def _shown(practice_id: str, snapshot: Snapshot) -> dict[str, Any] | None:
    bounds = [(Occur.Must, snapshot.term(KEY, practice_id)), (Occur.Must, snapshot.term(TYPE, PRACTICE))]
    hits = snapshot.searcher.search(Query.boolean_query(bounds), 1, count=False).hits
    return read_shown(snapshot.searcher.doc(hits[0][1])) if hits else None


def _by_words(shown: Mapping[str, Any], snapshot: Snapshot, analysis: Analysis) -> Iterator[Query]:
    """Ask for the words that are frequent in it and rare elsewhere."""
    counted: Counter[str] = Counter()
    for stem, weight in _stems(shown, analysis):
        counted[stem] += weight
    worth = {stem: telling for stem, times in counted.items() if (telling := _telling(stem, times, snapshot))}
    ordered = sorted(worth, key=lambda stem: (-worth[stem], stem))
    best = list(islice((one for one in ordered if not analysis.says_little(one, snapshot.stemmers)), _WORDS))
    for stem in best:
        yield snapshot.term(BODY, stem)
    for stem in best[:_WORDS_OF_TITLES]:
        for field in (TITLE, SUMMARY):
            yield Query.boost_query(snapshot.term(field, stem), 0.5)


def _stems(shown: Mapping[str, Any], analysis: Analysis) -> Iterator[tuple[str, int]]:
    """Yield the stems of titles and summaries in every language, of the text in the one it was written in."""
    source = shown["source_language"]
    text = shown["texts"].get(source, "")[:_READ]
    places = (
        *((language, title, _TITLE) for language, title in shown["titles"].items()),
        *((language, summary, _SUMMARY) for language, summary in shown["summaries"].items()),
        (source, text, _TEXT),
    )
    for language, words, weight in places:
        stemmer = stemmer_of(language)
        yield from ((stem, weight) for stem in analysis.stems(words, stemmer))


def _telling(stem: str, times: int, snapshot: Snapshot) -> float:
    """Return how much a word tells: nothing if only this practice has it, or if many have."""
    practices = snapshot.searcher.doc_freq(BODY, stem) if len(stem) >= _SHORTEST and not stem.isdigit() else 0
    if not 1 < practices <= max(2, snapshot.practices * _COMMON):
        return 0.0
    return (1 + log(times)) * log(1 + snapshot.practices / practices)


def _by_codes(shown: Mapping[str, Any], snapshot: Snapshot) -> Iterator[Query]:
    codes = chain((("theme", code) for code in shown["themes"]), (("sector", code) for code in shown["sectors"]))
    for facet, code in codes:
        rarity = log(1 + snapshot.practices / max(1, snapshot.searcher.doc_freq(facet, code)))
        yield Query.const_score_query(snapshot.term(facet, code), _CODE_WEIGHTS[facet] * rarity)
