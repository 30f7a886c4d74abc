"""From a query to what the engine runs.

What must match: every word of a short query (three of four from four words on), any word of a long one, which is a
question in plain language. Where a short query finds next to nothing, any of its words will do, full matches first.
A word that the index does not know may be matched by words one or two typing errors away, or by most of its 4-grams;
such a match always scores below an exact one. What ranks: first, in a short query, how many of its words a practice
has, right or mistyped; then BM25 of the stems in the whole text, more for the title, the summary and what the practice
is about, and a little for common 4-grams. A word typed twice counts twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from tantivy import Occur, Query

from services.search.analysis import Analysis
from services.search.index import Snapshot, total
from services.search.query import Asked, Word
from services.search.schema import ABOUT, BODY, GRAM, SUMMARY, TITLE, WORD

# Measured on public test collections, see docs.
TITLE_WEIGHT: Final = 0.5
SUMMARY_WEIGHT: Final = 0.2
ABOUT_WEIGHT: Final = 0.5
GRAM_WEIGHT: Final = 0.3
_FUZZY_SCORE: Final = 0.3
_FULL_MATCH_BONUS: Final = 10.0
_WORD_BONUS: Final = 1000.0  # above what a short query can otherwise score

_ALL_UP_TO: Final = 3  # words
_PLAIN_LANGUAGE_FROM: Final = 6  # words
_SHARE: Final = 0.75
_TOO_FEW: Final = 3  # practices
# A word in more than this share of practices says little, whatever its language.
_COMMON: Final = 0.8
_KNOWN_FROM: Final = 0.001  # share of practices; a rarer word may be a typing error that somebody published
_GRAM_SHARE: Final = 0.6
_FUZZY_FROM: Final = 4  # letters
_TWO_ERRORS_FROM: Final = 8  # letters
_MOST_GRAMS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of the query with what the index knows of it: its stems, and how many practices hold the commonest.

    ``label_stems`` are those that labels of codes would have.
    """

    word: Word
    stems: tuple[str, ...]
    label_stems: tuple[str, ...]
    practices: int
    fuzzy: bool

    @property
    def errors(self) -> int:
        """How many typing errors a word that matches it may be away."""
        if not self.fuzzy or len(self.word.plain) < _FUZZY_FROM:
            return 0
        return 2 if len(self.word.plain) >= _TWO_ERRORS_FROM else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``query`` finds and ranks, ``matching`` only finds the same practices, which is quicker to count.

    ``terms`` are the words that count, to be marked in what is found. ``partial`` is true where practices with only
    some of the words were let in.
    """

    query: Query
    matching: Query
    terms: tuple[Term, ...]
    partial: bool = False


def compose(asked: Asked, snapshot: Snapshot, analysis: Analysis) -> Plan:
    """Return what to run for a query on a snapshot; the same for the same snapshot."""
    return _Composer(snapshot, analysis).plan(asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strict:
    """A query with no typing error forgiven: its words, what has every one that must match, and what has any.

    At least ``least`` of the words that are ``needed`` must match.
    """

    terms: tuple[Term, ...]
    needed: tuple[Term, ...] = ()
    least: int = 0
    every: Query
    some: Query


def strictly(asked: Asked, snapshot: Snapshot, analysis: Analysis, *, questions: bool = True) -> Strict:
    """Return what a query finds if each of its words was meant as it is typed.

    Without ``questions`` a long query is none: three of four of its words must match too, for where nothing is ranked.
    """
    return _Composer(snapshot, analysis).strictly(asked, questions=questions)


class _Composer:
    def __init__(self, snapshot: Snapshot, analysis: Analysis) -> None:
        self._snapshot = snapshot
        self._analysis = analysis

    def plan(self, asked: Asked) -> Plan:
        if asked.wordless:
            return Plan(query=Query.empty_query(), matching=Query.empty_query(), terms=())
        terms = tuple(self._term(word) for word in asked.words)
        bounds = [*self._phrases(asked.phrases), *self._without(asked)]
        if not terms:
            everything = Query.boolean_query([(Occur.Must, self._snapshot.everything()), *bounds])
            return Plan(query=everything, matching=everything, terms=())
        needed, helpful = self._needed(terms)
        least = _least(len(needed), typed=len(terms))
        strict = Query.boolean_query([(Occur.Must, self._matching(needed, least)), *bounds])
        ranking = [*self._optional(helpful), *self._weights(terms), *self._grams(asked.sequence)]
        if len(needed) > 1 and len(terms) < _PLAIN_LANGUAGE_FROM:
            ranking += self._met(needed)
        if (least == 1 and not helpful) or total(self._snapshot.searcher.search(strict, 1)) >= _TOO_FEW:
            return _plan(strict, ranking, needed)
        loose = Query.boolean_query([(Occur.Must, self._matching(terms, 1)), *bounds])
        bonus = (Occur.Should, Query.const_score_query(strict, _FULL_MATCH_BONUS))
        return _plan(loose, [bonus, *ranking], needed, partial=least > 1)

    def strictly(self, asked: Asked, *, questions: bool) -> Strict:
        terms = tuple(self._term(word) for word in asked.words)
        if not terms:
            return Strict(terms=(), every=Query.empty_query(), some=Query.empty_query())
        bounds = [*self._phrases(asked.phrases), *self._without(asked)]
        needed, _ = self._needed(tuple(replace(term, fuzzy=False) for term in terms))
        least = _least(len(needed), typed=len(terms) if questions else 0)
        every, some = (
            Query.boolean_query([(Occur.Must, self._matching(needed, many)), *bounds]) for many in (least, 1)
        )
        return Strict(terms=terms, needed=tuple(needed), least=least, every=every, some=some)

    def _term(self, word: Word) -> Term:
        stems = self._analysis.stems_of_word(word.text, self._snapshot.stemmers)
        labels = self._analysis.stems_of_word(word.text, self._snapshot.label_stemmers)
        frequency = self._snapshot.searcher.doc_freq
        places = [*((BODY, stem) for stem in stems), *((ABOUT, stem) for stem in labels)]
        practices = max((frequency(field, stem) for field, stem in places), default=0)
        rare = practices <= self._snapshot.practices * _KNOWN_FROM
        return Term(word=word, stems=stems, label_stems=labels, practices=practices, fuzzy=rare and not word.unspaced)

    def _needed(self, terms: tuple[Term, ...]) -> tuple[Sequence[Term], Sequence[Term]]:
        """Tell the words that must match from those that say little, unless there are only such."""
        common = self._snapshot.practices * _COMMON
        little = {
            term
            for term in terms
            if term.practices > common or self._analysis.says_little(term.word.text, self._snapshot.stemmers)
        }
        needed = [term for term in terms if term not in little]
        return (needed, [term for term in terms if term in little]) if needed else (terms, ())

    def _matching(self, terms: Sequence[Term], least: int) -> Query:
        return Query.boolean_query(
            [(Occur.Should, self._anywhere(term)) for term in terms], minimum_number_should_match=least
        )

    def _optional(self, terms: Iterable[Term]) -> list[tuple[Occur, Query]]:
        return [(Occur.Should, self._anywhere(term)) for term in terms]

    def _anywhere(self, term: Term) -> Query:
        """Match a word in the text or in what the practice is about, or nearly where it is not known."""
        ways = [self._exactly(BODY, term, 1.0), self._exactly(ABOUT, term, ABOUT_WEIGHT)]
        exact = Query.boolean_query([(Occur.Should, way) for way in ways if way is not None])
        if not term.fuzzy:
            return exact
        return Query.disjunction_max_query([exact, *self._mistyped(term), *self._alike(term)])

    def _met(self, terms: Iterable[Term]) -> list[tuple[Occur, Query]]:
        """Count the words that a practice has, right or mistyped: one more outweighs whatever else ranks.

        Likeness by 4-grams alone lets a practice in, but it is too vague to count as having the word.
        """
        places = [
            [way for way in (self._exactly(BODY, term, 1.0), self._exactly(ABOUT, term, 1.0)) if way is not None]
            + self._mistyped(term)
            for term in terms
        ]
        has = (Query.boolean_query([(Occur.Should, way) for way in ways]) for ways in places if ways)
        return [(Occur.Should, Query.const_score_query(one, _WORD_BONUS)) for one in has]

    def _mistyped(self, term: Term) -> list[Query]:
        """Match words so few typing errors away; nothing for a word that the index knows."""
        if not term.errors:
            return []
        fuzzy = Query.fuzzy_term_query(self._snapshot.schema, WORD, term.word.plain, distance=term.errors)
        return [Query.const_score_query(fuzzy, _FUZZY_SCORE)]

    def _alike(self, term: Term) -> list[Query]:
        """Match most of the 4-grams of a word."""
        near: list[Query] = []
        grams = list(dict.fromkeys(self._analysis.grams([term.word.text])))
        if len(grams) >= _FUZZY_FROM:
            parts = [(Occur.Should, self._snapshot.term(GRAM, gram)) for gram in grams]
            most = Query.boolean_query(parts, minimum_number_should_match=ceil(len(grams) * _GRAM_SHARE))
            near.append(Query.const_score_query(most, _FUZZY_SCORE / 2))
        return near

    def _exactly(self, field: str, term: Term, weight: float) -> Query | None:
        """Match any stem of a word; the best one scores, because only one of its languages was meant."""
        stems = term.label_stems if field == ABOUT else term.stems
        ways = [self._snapshot.term(field, stem) for stem in stems]
        if not ways:
            return None
        best = ways[0] if len(ways) == 1 else Query.disjunction_max_query(ways)
        return Query.boost_query(best, weight * term.word.times)

    def _weights(self, terms: Iterable[Term]) -> list[tuple[Occur, Query]]:
        found = (
            self._exactly(field, term, weight)
            for term in terms
            for field, weight in ((TITLE, TITLE_WEIGHT), (SUMMARY, SUMMARY_WEIGHT))
        )
        return [(Occur.Should, query) for query in found if query is not None]

    def _grams(self, words: Sequence[str]) -> list[tuple[Occur, Query]]:
        counted = list(Counter(self._analysis.grams(words)).items())[:_MOST_GRAMS]
        return [
            (Occur.Should, Query.boost_query(self._snapshot.term(GRAM, gram), GRAM_WEIGHT * times))
            for gram, times in counted
        ]

    def _phrases(self, phrases: Iterable[str]) -> list[tuple[Occur, Query]]:
        return [(Occur.Must, self._phrase(phrase)) for phrase in phrases]

    def _phrase(self, phrase: str) -> Query:
        """Match the words of a phrase side by side, stemmed in one language or another."""
        ways = dict.fromkeys(tuple(self._analysis.stems(phrase, name)) for name in sorted(self._snapshot.stemmers))
        return Query.boolean_query([(Occur.Should, self._side_by_side(stems)) for stems in ways if stems])

    def _side_by_side(self, stems: tuple[str, ...]) -> Query:
        if len(stems) == 1:
            return self._snapshot.term(BODY, stems[0])
        return Query.phrase_query(self._snapshot.schema, BODY, list(stems))

    def _without(self, asked: Asked) -> list[tuple[Occur, Query]]:
        words = (self._term(Word(text=text, plain=text, times=1, unspaced=True)) for text in asked.excluded)
        terms = (self._exactly(field, term, 1.0) for term in words for field in (BODY, ABOUT))
        phrases = (self._phrase(phrase) for phrase in asked.excluded_phrases)
        return [(Occur.MustNot, query) for query in (*terms, *phrases) if query is not None]


def _plan(matching: Query, ranking: list[tuple[Occur, Query]], terms: Iterable[Term], *, partial: bool = False) -> Plan:
    query = Query.boolean_query([(Occur.Must, matching), *ranking])
    return Plan(query=query, matching=matching, terms=tuple(terms), partial=partial)


def _least(words: int, *, typed: int) -> int:
    """How many of the words that count must match, of so many that were typed."""
    if typed >= _PLAIN_LANGUAGE_FROM:
        return 1
    return words if words <= _ALL_UP_TO else ceil(words * _SHARE)
