"""Finding the words of a query in a text as it is shown.

The engine could only mark exact words of one language at a time. This also finds those a typing error away, and is
quick because it looks only at words that begin like a stem.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.search.analysis import Analysis
from services.search.nearby import within
from services.search.terms import Term

_MOST_MARKS: Final = 80  # in one text
_SHORTEST_START: Final = 3
# Arabic writes article, conjunction and prepositions to the word; its stemmer takes them off.
_ARABIC: Final = re.compile("[\u0621-\u064a]")
_ARABIC_PREFIX: Final = "(?:[\u0648\u0641\u0628\u0643\u0644]?\u0627\u0644|\u0644\u0644|\u0648)?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place in a text, and the number of the word of the query that it answers."""

    start: int
    end: int
    term: int


def _foldings() -> dict[str, str]:
    """Map each accented letter to its base, one character for one, so that places in the text stay."""
    found = {"ς": "σ", "ı": "i"}
    for code in (*range(0xC0, 0x530), *range(0x1E00, 0x2000)):
        base = unicodedata.normalize("NFD", chr(code))[0].lower()
        if len(base) == 1 and base != chr(code):
            found[chr(code)] = base
    return found


# Python's \w leaves out combining marks. Whole blocks are quicker to compile than the marks one by one.
LETTER: Final = (
    r"[\w\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ece"
    r"\u102b-\u103e\u17b4-\u17d3]"
)
WRITTEN_WORD: Final = re.compile(f"{LETTER}+")
_ONE_LETTER: Final = re.compile(LETTER)
_FOLDINGS: Final = _foldings()
_FOLDED: Final = re.compile(f"[{''.join(_FOLDINGS)}]")


def folded(text: str) -> str:
    """Return the text in lower case and without accents, of the same length."""
    if text.isascii():
        return text.lower()
    plain = _FOLDED.sub(lambda found: _FOLDINGS[found.group()], text)
    lower = plain.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in plain)


class Marker:
    """Finds the words of one query. Made for one request, used by one thread."""

    def __init__(self, terms: Sequence[Term], analysis: Analysis) -> None:
        self._analysis = analysis
        self._stems = {stem: number for number, term in reversed(list(enumerate(terms))) for stem in _stems(term)}
        self._plain = {term.word.plain: number for number, term in reversed(list(enumerate(terms)))}
        self._pairs = {folded(t.word.text): n for n, t in enumerate(terms) if t.word.unspaced}
        self._misspelt = [(within(t.word.plain, t.errors), number) for number, t in enumerate(terms) if t.errors]
        self._starting = _starting(terms)
        self._known: dict[tuple[str, str], int | None] = {}
        self._meant: dict[str, int | None] = {}

    def marks(self, text: str, stemmer: str) -> list[Mark]:
        """Return the places of the query's words in a text of the language of a stemmer, in order, none overlapping."""
        plain = folded(text)
        found = [*self._begun(plain, text, stemmer), *self._literal(plain), *self._near(plain)]
        return _apart(found)

    def _begun(self, plain: str, text: str, stemmer: str) -> Iterator[Mark]:
        if self._starting is None:
            return
        for found in self._starting.finditer(plain):
            if found.start() and _ONE_LETTER.match(plain, found.start() - 1):
                continue  # inside a word, of which it took the rest
            word = text[found.start() : found.end()]
            if (number := self._answers(word, stemmer)) is not None:
                yield Mark(start=found.start(), end=found.end(), term=number)

    def _answers(self, word: str, stemmer: str) -> int | None:
        key = (word, stemmer)
        if key not in self._known:
            stems = (self._stems.get(stem) for stem in self._analysis.stems(word, stemmer))
            plain = (self._plain.get(one) for one in self._analysis.plain(word))
            self._known[key] = next((number for number in (*stems, *plain) if number is not None), None)
        return self._known[key]

    def _literal(self, plain: str) -> Iterator[Mark]:
        for pair, number in self._pairs.items():
            at = plain.find(pair)
            while at >= 0:
                yield Mark(start=at, end=at + len(pair), term=number)
                at = plain.find(pair, at + 1)

    def _near(self, plain: str) -> Iterator[Mark]:
        if not self._misspelt:
            return
        words = set(WRITTEN_WORD.findall(plain))
        self._meant |= {word: self._means(word) for word in words - self._meant.keys()}
        meant = {word: number for word in words if (number := self._meant[word]) is not None}
        for found in WRITTEN_WORD.finditer(plain) if meant else ():
            if (number := meant.get(found.group())) is not None:
                yield Mark(start=found.start(), end=found.end(), term=number)

    def _means(self, word: str) -> int | None:
        """Return the number of the misspelt word that was meant by this one."""
        return next((number for is_meant, number in self._misspelt if is_meant(word)), None)


def _stems(term: Term) -> list[str]:
    """Return the stems of a word and of its synonyms, of these only such as are long enough to tell something."""
    otherwise = (
        stem for stems, _ in term.otherwise for stem in stems if len(stem) > _SHORTEST_START or len(stems) == 1
    )
    return [*otherwise, *term.stems]


def _starting(terms: Iterable[Term]) -> re.Pattern[str] | None:
    """Match all that begins like a stem, to the end of its word; whether it is one is then asked of the stemmer.

    It may match inside a word: to look back at every place would cost more than all else.
    """
    starts = set()
    for term in terms:
        if not term.word.unspaced:
            for stem in (*_stems(term), term.word.plain):
                start = re.escape(folded(stem)[: max(_SHORTEST_START, len(stem) - 2)])
                starts.add(_ARABIC_PREFIX + start if _ARABIC.match(stem) else start)
    if not starts:
        return None
    return re.compile(f"(?:{'|'.join(sorted(starts))}){LETTER}*")


def _apart(marks: list[Mark]) -> list[Mark]:
    """Put marks in order; of two that overlap the earlier stays, longer by the later one's rest."""
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end))[:_MOST_MARKS]:
        if kept and mark.start < kept[-1].end:
            last = kept[-1]
            kept[-1] = Mark(start=last.start, end=max(last.end, mark.end), term=last.term)
        else:
            kept.append(mark)
    return kept
