"""What the engine is asked to find, and how it ranks.

What matches: a short query wants every word, a longer one most of them; where that finds too little, some of the words
will do. A query in plain language (six words and more, or a question mark) is a question: any of its words will do,
and where even these find little, likeness by 4-grams. Words in quotation marks must stand side by side; in a question,
where they do so nowhere, they are words like the others. A word may also be met by a theme's, sector's, country's or
organisation's name in any language, and, where the index hardly knows it, by a word a typing error or two away or by
most of its 4-grams; such a match always scores below an exact one, as a synonym does.

What ranks: BM25 of the stems in the whole text, more for the title, the summary and what the practice is about, and a
little for common 4-grams. A stem that a word has in the language of the query counts fully, one that it would have in
another language half: it may be another word. In a short query that not every practice answers whole, each word that a
practice has at all counts once more by its rarity, as in BM25+ (Lv and Zhai, 2011), so that one word often does not
make up for two. A word typed twice counts twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from tantivy import Occur, Query

from services.search.analysis import Analysis, primary
from services.search.index import Snapshot
from services.search.query import Asked, Word
from services.search.schema import ABOUT, BODY, GRAM, SUMMARY, TITLE
from services.search.terms import Lexicon, Term

# Measured on public test collections, see docs.
TITLE_WEIGHT: Final = 0.5
SUMMARY_WEIGHT: Final = 0.2
GRAM_WEIGHT: Final = 0.3
_FULL_MATCH_BONUS: Final = 10.0
_ANSWER_BONUS: Final = 3.0  # to a question, for having a word of it that tells something
_LANGUAGE_BONUS: Final = 2.0  # for a practice in the language of a short query: decides between such as answer alike

_ALL_UP_TO: Final = 3  # words
_PLAIN_LANGUAGE_FROM: Final = 6  # words
_SHARE: Final = 0.75
_TOO_FEW: Final = 3  # practices
_TOO_FEW_ANSWERS: Final = 100  # to a question; more than anybody reads
_ANSWER_GRAM_SHARE: Final = 0.3  # of a question's 4-grams, where its words find little
_MOST_GRAMS: Final = 400
_MOST_NESTED: Final = 64

Clause = tuple[Occur, Query]
Clauses = list[Clause]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``query`` finds and ranks, ``matching`` only finds the same practices, which is quicker to count.

    ``grams`` rank finer, but cost more than all else together: they are for those that rank high already, see
    ``alike``. ``terms`` are the words that count, to be marked in what is found. ``partial`` is true where practices
    with only some of the words were let in, or with those of a phrase apart. ``language`` is that of the query, where
    it can be told and there are practices in it.
    """

    query: Query
    matching: Query
    terms: tuple[Term, ...]
    grams: tuple[tuple[Occur, Query], ...] = ()
    partial: bool = False
    language: str = ""

    def alike(self, bound: Query) -> Query:
        """Rank the practices within a bound by the 4-grams alone; what it scores is added to what ``query`` does.

        Of 4-grams side by side the engine scores whatever has them near a practice of the bound. Each in a query of its
        own is looked up for these practices alone; but every one is a step deeper, so of many they stay side by side.
        """
        within = Query.const_score_query(bound, 0.0)
        if len(self.grams) > _MOST_NESTED:
            return Query.boolean_query([(Occur.Must, within), *self.grams])
        for gram in self.grams:
            within = Query.boolean_query([(Occur.Must, within), gram])
        return within


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
        self._lexicon = Lexicon(snapshot, analysis)

    def plan(self, asked: Asked) -> Plan:
        if asked.wordless:
            return Plan(query=Query.empty_query(), matching=Query.empty_query(), terms=())
        terms = self._lexicon.terms(asked)
        bounds = [*self._phrases(asked.phrases), *self._without(asked)]
        if not terms:
            everything = Query.boolean_query([(Occur.Must, self._snapshot.everything()), *bounds])
            return Plan(query=everything, matching=everything, terms=())
        needed, helpful = self._lexicon.needed(terms)
        question = asked.question or len(terms) >= _PLAIN_LANGUAGE_FROM
        least = 1 if question else _least(len(needed), typed=len(terms))
        grams = tuple(self._grams(asked.sequence))
        strict = Query.boolean_query([(Occur.Must, self._matching(needed, least)), *bounds])
        found = self._snapshot.count(strict)
        also, ranking = self._optional(helpful), self._weights(terms)
        if question:
            if not found and asked.phrases and not self._hold(asked.phrases):
                return replace(self.plan(replace(asked, phrases=(), question=True)), partial=True)
            if found >= _TOO_FEW_ANSWERS:
                return self._plan(strict, [*also, *ranking], needed, grams, asked)
            ranking.append((Occur.Should, Query.const_score_query(strict, _ANSWER_BONUS)))
            return self._plan(self._loosely(terms, bounds, grams), ranking, needed, grams, asked)
        mistyped = any(term.errors for term in terms)
        if not mistyped:  # else nobody can tell the language
            ranking += self._in_language(asked)
        if (least == 1 and not helpful) or found >= _TOO_FEW:
            ranking += self._met(needed) if least < len(needed) or mistyped else []
            return self._plan(strict, [*also, *ranking], needed, grams, asked)
        ranking += [*self._met(needed), (Occur.Should, Query.const_score_query(strict, _FULL_MATCH_BONUS))]
        return replace(self._plan(self._loosely(terms, bounds), ranking, needed, grams, asked), partial=least > 1)

    def _plan(
        self, matching: Query, ranking: Clauses, terms: Iterable[Term], grams: Iterable[Clause], asked: Asked
    ) -> Plan:
        return Plan(
            query=Query.boolean_query([(Occur.Must, matching), *ranking]),
            matching=matching,
            terms=tuple(terms),
            grams=tuple(grams),
            language=self._lexicon.language(asked),
        )

    def _loosely(self, terms: Sequence[Term], bounds: Clauses, grams: Sequence[Clause] = ()) -> Query:
        """Match any of the words, or a share of the 4-grams."""
        ways = [self._matching(terms, 1)]
        if grams:
            share = max(1, int(len(grams) * _ANSWER_GRAM_SHARE))
            alike = Query.boolean_query(list(grams), minimum_number_should_match=share)
            ways.append(Query.const_score_query(alike, 0.0))
        some = Query.boolean_query([(Occur.Should, way) for way in ways])
        return Query.boolean_query([(Occur.Must, some), *bounds])

    def strictly(self, asked: Asked, *, questions: bool) -> Strict:
        terms = self._lexicon.terms(asked)
        if not terms:
            return Strict(terms=(), every=Query.empty_query(), some=Query.empty_query())
        bounds = [*self._phrases(asked.phrases), *self._without(asked)]
        needed, _ = self._lexicon.needed(tuple(replace(term, fuzzy=False) for term in terms))
        least = _least(len(needed), typed=len(terms) if questions else 0)
        every, some = (
            Query.boolean_query([(Occur.Must, self._matching(needed, many)), *bounds]) for many in (least, 1)
        )
        return Strict(terms=terms, needed=tuple(needed), least=least, every=every, some=some)

    def _in_language(self, asked: Asked) -> Clauses:
        if not (language := self._lexicon.language(asked)):
            return []
        spoken = self._snapshot.term("language", primary(language))
        return [(Occur.Should, Query.const_score_query(spoken, _LANGUAGE_BONUS))]

    def _matching(self, terms: Sequence[Term], least: int) -> Query:
        return Query.boolean_query(
            [(Occur.Should, self._lexicon.anywhere(term)) for term in terms], minimum_number_should_match=least
        )

    def _met(self, terms: Iterable[Term]) -> Clauses:
        return [(Occur.Should, query) for query in self._lexicon.met(terms)]

    def _optional(self, terms: Iterable[Term]) -> Clauses:
        return [(Occur.Should, self._lexicon.anywhere(term)) for term in terms]

    def _weights(self, terms: Iterable[Term]) -> Clauses:
        found = (
            self._lexicon.exactly(field, term, weight)
            for term in terms
            for field, weight in ((TITLE, TITLE_WEIGHT), (SUMMARY, SUMMARY_WEIGHT))
        )
        return [(Occur.Should, query) for query in found if query is not None]

    def _grams(self, words: Sequence[str]) -> Clauses:
        counted = list(Counter(self._analysis.grams(words)).items())[:_MOST_GRAMS]
        return [
            (Occur.Should, Query.boost_query(self._snapshot.term(GRAM, gram), GRAM_WEIGHT * times))
            for gram, times in counted
        ]

    def _phrases(self, phrases: Iterable[str]) -> Clauses:
        return [(Occur.Must, self._phrase(phrase)) for phrase in phrases]

    def _hold(self, phrases: Iterable[str]) -> bool:
        """Whether a practice has all of these phrases."""
        return self._snapshot.count(Query.boolean_query(self._phrases(phrases))) > 0

    def _phrase(self, phrase: str) -> Query:
        """Match the words of a phrase side by side, stemmed in one language or another."""
        ways = dict.fromkeys(tuple(self._analysis.stems(phrase, name)) for name in sorted(self._snapshot.stemmers))
        return Query.boolean_query([(Occur.Should, self._lexicon.side_by_side(stems)) for stems in ways if stems])

    def _without(self, asked: Asked) -> Clauses:
        words = (self._lexicon.term(Word(text=text, plain=text, times=1, unspaced=True)) for text in asked.excluded)
        terms = (self._lexicon.exactly(field, term, 1.0) for term in words for field in (BODY, ABOUT))
        phrases = (self._phrase(phrase) for phrase in asked.excluded_phrases)
        return [(Occur.MustNot, query) for query in (*terms, *phrases) if query is not None]


def _least(words: int, *, typed: int) -> int:
    """How many of the words that count must match, of so many that were typed."""
    if typed >= _PLAIN_LANGUAGE_FROM:
        return 1
    return words if words <= _ALL_UP_TO else ceil(words * _SHARE)
