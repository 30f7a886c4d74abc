"""Did you mean: a query with its unknown words replaced by known ones close by, where that finds more.

Known is what stands in texts, and what codes are called. Candidates are compared without accents and case, as the
index keeps words; what is offered is written as people write it, read from practices that have the word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import chain, islice, product
from typing import Final

from tantivy import Query

from services.search.analysis import Analysis
from services.search.compose import Strict, strictly
from services.search.facets import filtered
from services.search.find import Search
from services.search.index import Snapshot, engine
from services.search.labels import COMMON_LANGUAGES, Labels
from services.search.marking import LETTER, WRITTEN_WORD, folded
from services.search.nearby import edits, starts, within
from services.search.query import understand
from services.search.schema import WORD, read_shown
from services.search.terms import Term

_MOST_TYPED: Final = 8  # words; a longer query is a question, which its other words answer
_MOST_UNKNOWN: Final = 3
_ENOUGH: Final = 3  # practices; who finds so many meant what they typed
_TWO_ERRORS_FROM: Final = 9  # letters; in a shorter word two errors make too many others
_CHOICES: Final = 3  # of each unknown word
_TRIES: Final = 4
_READ: Final = 3  # practices read to see how a word is written
_MOST_BEGUN: Final = 3_000  # words that begin alike, the most frequent ones
# A word that somebody published is replaced only by one so many times as frequent.
_TIMES: Final = 10
_LISTS: Final = ("theme", "sector", "country", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Another query, as it would be typed, and as HTML with the replaced words in ``<mark>`` and all else escaped."""

    text: str
    html: str


class Corrections:
    """Finds what was meant. Keeps the words of labels; nothing else between queries."""

    def __init__(self, labels: Labels, analysis: Analysis) -> None:
        self._analysis = analysis
        self._labels = _words_of(labels, analysis)

    def find(self, search: Search, snapshot: Snapshot) -> Correction | None:
        """Return a query that finds more than this one does as typed, under its filters; raises IndexBroken."""
        with engine():
            typed = self._strictly(search.text, snapshot)
            unknown = [term for term in typed.terms if term.errors][:_MOST_UNKNOWN]
            if not unknown or len(typed.terms) > _MOST_TYPED:
                return None
            if _count(typed.every, search, snapshot) >= _ENOUGH:
                return None
            choices = [self._choices(term, snapshot) or (term.word.plain,) for term in unknown]
            for chosen in islice(product(*choices), _TRIES):
                meant = {t.word.plain: word for t, word in zip(unknown, chosen, strict=True) if t.word.plain != word}
                corrected = self._corrected(search.text, meant, snapshot) if meant else None
                if corrected and self._finds_more(corrected.text, search, typed, snapshot):
                    return corrected
        return None

    def _finds_more(self, text: str, search: Search, typed: Strict, snapshot: Snapshot) -> bool:
        """Whether a query finds more practices with all of its words than the one typed, or else with any of them."""
        other = self._strictly(text, snapshot)
        with_all, before = (_count(one.every, search, snapshot) for one in (other, typed))
        if with_all or before:
            return with_all > before
        return _count(other.some, search, snapshot) > _count(typed.some, search, snapshot)

    def _strictly(self, text: str, snapshot: Snapshot) -> Strict:
        return strictly(understand(text, self._analysis), snapshot, self._analysis)

    def _choices(self, term: Term, snapshot: Snapshot) -> tuple[str, ...]:
        """Return the likeliest known words, without accents, the likeliest first."""
        plain, least = term.word.plain, _TIMES * term.practices
        near = {*edits(plain)}
        known = {word: count for word in near if (count := snapshot.searcher.doc_freq(WORD, word)) > least}
        known |= self._labelled(near & self._labels.keys(), known, snapshot)
        if not known:
            known = self._further(plain, 2 if len(plain) >= _TWO_ERRORS_FROM else 1, snapshot)
        worth = ((count, word) for word, count in known.items() if count > least and word != plain)
        return tuple(word for _, word in sorted(worth, key=lambda one: (-one[0], one[1]))[:_CHOICES])

    def _further(self, plain: str, errors: int, snapshot: Snapshot) -> dict[str, int]:
        """Return known words that begin alike and are so many errors away, with the practices that have them."""
        meant = within(plain, errors)
        for start in starts(plain):
            begun = snapshot.searcher.terms_with_prefix(WORD, start, limit=_MOST_BEGUN)
            if known := dict(islice((one for one in begun if meant(one[0])), _CHOICES)):  # the most frequent come first
                return known
        return self._labelled(filter(meant, self._labels), {}, snapshot)

    def _labelled(self, words: Iterable[str], known: Mapping[str, int], snapshot: Snapshot) -> dict[str, int]:
        """Return words of labels with the practices that are found by them."""
        return {
            word: max((term.practices for term in self._strictly(word, snapshot).terms), default=0)
            for word in words
            if word not in known
        }

    def _corrected(self, text: str, meant: Mapping[str, str], snapshot: Snapshot) -> Correction:
        """Write the query with these words replaced, everything else as it was typed."""
        written = {plain: self._written(word, snapshot) for plain, word in meant.items()}
        query, html, at = "", "", 0
        for found in WRITTEN_WORD.finditer(text):
            if word := written.get("".join(self._analysis.plain(found.group()))):
                before, at = text[at : found.start()], found.end()
                query, html = f"{query}{before}{word}", f"{html}{escape(before)}<mark>{escape(word)}</mark>"
        return Correction(text=(query + text[at:]).strip(), html=(html + escape(text[at:])).strip())

    def _written(self, plain: str, snapshot: Snapshot) -> str:
        """Return how people write a word: the form that is commonest in some practices that have it."""
        word = re.compile(f"(?<!{LETTER}){re.escape(plain)}(?!{LETTER})")
        forms: Counter[str] = Counter()
        for _, address in snapshot.searcher.search(snapshot.term(WORD, plain), _READ, count=False).hits:
            shown = read_shown(snapshot.searcher.doc(address))
            texts = (shown["titles"].values(), shown["summaries"].values(), shown["texts"].values(), shown["names"])
            for text in chain.from_iterable(texts):
                forms.update(text[found.start() : found.end()] for found in word.finditer(folded(text)))
        if not forms:
            return self._labels.get(plain, plain)
        return max(forms, key=lambda form: (forms[form], form.islower(), form))


def _count(query: Query, search: Search, snapshot: Snapshot) -> int:
    return snapshot.count(filtered(query, search.filters, snapshot))


def _words_of(labels: Labels, analysis: Analysis) -> Mapping[str, str]:
    """Map the words of labels, without accents, to how they are written."""
    written: dict[str, str] = {}
    for facet, language in product(_LISTS, COMMON_LANGUAGES):
        for _, label in labels.terms(facet, language):
            for word in analysis.split(label):
                written.setdefault("".join(analysis.plain(word)), word)
    return written
