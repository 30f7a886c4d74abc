"""Which saved searches a few new practices answer.

The practices are put into an index of their own in memory, of the same schema and analysis, and the searches are run
on it as they would be on the index that serves: matching means what searching means. What searches ask is composed
once and kept; it is composed anew when the serving index has other languages or has doubled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import tantivy
from tantivy import Searcher

from services.search.analysis import Analysis, stemmer_of
from services.search.entry import Entry
from services.search.index import Snapshot, engine
from services.search.labels import Labels
from services.search.saved.searches import SavedSearch
from services.search.saved.standing import ANY, Key, Standing, standing_of
from services.search.schema import ABOUT, ATTACHED, BODY, FACETS, YEAR, Documents, Position, build_schema, codes_of

_HEAP_BYTES: Final = 15_000_000  # the least that the library takes

Basis = tuple[frozenset[str], frozenset[str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outline:
    """What a practice has, for ruling searches out."""

    codes: dict[str, frozenset[str]]
    stems: frozenset[str]

    def has(self) -> Iterator[Key]:
        """Yield everything that a search may need."""
        yield ANY
        yield from (("", stem) for stem in self.stems)
        yield from ((facet, code) for facet, codes in self.codes.items() for code in codes)


class Matcher:
    """Used by one thread at a time."""

    def __init__(self, labels: Labels) -> None:
        self._analysis = Analysis()
        self._documents = Documents(self._analysis, labels)
        self._schema = build_schema()
        self._standing: dict[str, Standing] = {}
        self._asking: dict[Key, list[str]] = {}
        self._basis: Basis | None = None

    def match(
        self, entries: Sequence[Entry], searches: Collection[SavedSearch], snapshot: Snapshot
    ) -> dict[str, list[SavedSearch]]:
        """Return by the id of a practice the searches that it answers. Raises IndexBroken."""
        with engine():
            self._prepare(searches, _knowing(snapshot, entries))
            found: dict[str, list[SavedSearch]] = {}
            for entry in entries:
                answered = list(self._answered(entry, searches))
                if answered:
                    found[entry.id] = answered
        return found

    def _prepare(self, searches: Collection[SavedSearch], snapshot: Snapshot) -> None:
        """Compose what was not composed yet, and forget what nobody asks any more.

        Searches are kept by something that a practice must have, so most are never looked at.
        """
        basis = (snapshot.stemmers, snapshot.label_stemmers, snapshot.practices.bit_length())
        if basis != self._basis:
            self._basis, self._standing = basis, {}
        known = self._standing
        if len(known) == len(searches) and all(search.id in known for search in searches):
            return
        self._standing = {
            search.id: known.get(search.id) or standing_of(search, snapshot, self._analysis) for search in searches
        }
        self._asking = {}
        for search_id, standing in self._standing.items():
            for key in standing.needs_one_of():
                self._asking.setdefault(key, []).append(search_id)

    def _answered(self, entry: Entry, searches: Collection[SavedSearch]) -> Iterator[SavedSearch]:
        searcher = self._alone(entry)
        outline = _outline(entry, searcher)
        asking = set(chain.from_iterable(self._asking.get(key, ()) for key in outline.has()))
        for search in searches:
            if search.id not in asking or entry.published_at <= search.since:
                continue
            standing = self._standing[search.id]
            if not standing.may_answer(outline.codes, outline.stems):
                continue
            if searcher.search(standing.query, 1, count=False).hits:
                yield search

    def _alone(self, entry: Entry) -> Searcher:
        """Return an index in memory with one practice in it."""
        index = tantivy.Index(self._schema)
        self._analysis.register(index)
        writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        writer.add_document(self._documents.practice(entry, Position()))
        writer.commit()
        index.reload()
        return index.searcher()


def _knowing(snapshot: Snapshot, entries: Sequence[Entry]) -> Snapshot:
    """Return the snapshot as if it had the languages and files of these practices too: it may be a little behind."""
    languages = {stemmer_of(language) for entry in entries for language in entry.languages}
    return replace(snapshot, stemmers=snapshot.stemmers | languages, attached=True)


def _outline(entry: Entry, searcher: Searcher) -> _Outline:
    codes: Mapping[str, Sequence[str]] = codes_of(entry) | {YEAR: tuple(map(str, entry.years))}
    stems = (stem for field in (ABOUT, ATTACHED, BODY) for stem, _ in searcher.terms_with_prefix(field, ""))
    return _Outline(codes={facet: frozenset(codes[facet]) for facet in FACETS}, stems=frozenset(stems))
