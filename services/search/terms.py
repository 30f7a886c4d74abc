"""The words of a query as an index knows them, and what meets each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, log
from typing import Final

from tantivy import Occur, Query

from services.search.analysis import Analysis, primary, stemmer_of
from services.search.index import Snapshot
from services.search.query import Asked, Word
from services.search.schema import ABOUT, ATTACHED, BODY, GRAM, WORD

ABOUT_WEIGHT: Final = 0.5
# For a word that only an attached file has: by how rare it is in the texts, so that a long file does not win by length.
_ATTACHED_WEIGHT: Final = 0.2
_FUZZY_SCORE: Final = 0.3
_OTHER_LANGUAGE: Final = 0.5
_OTHERWISE: Final = 0.7  # a synonym is a little less than the word itself
# A word in more than this share of practices says little, whatever its language.
_COMMON: Final = 0.8
_KNOWN_FROM: Final = 0.001  # share of practices; a rarer word may be a typing error that somebody published
_GRAM_SHARE: Final = 0.6
_MOST_FUZZY: Final = 6  # words of a query in which typing errors are forgiven: each costs a walk over all words
_FUZZY_FROM: Final = 4  # letters
_TWO_ERRORS_FROM: Final = 8  # letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of the query with what the index knows of it: its stems, and how many practices hold the commonest.

    ``own`` are the stems in the language of the query, all of them where that is not known; ``label_stems`` are those
    that labels of codes would have; ``otherwise`` are the synonyms of the word or of an expression that it is part of,
    stem by stem, each with its weight.
    """

    word: Word
    stems: tuple[str, ...]
    own: frozenset[str]
    label_stems: tuple[str, ...]
    practices: int
    fuzzy: bool
    otherwise: tuple[tuple[tuple[str, ...], float], ...] = ()

    @property
    def errors(self) -> int:
        """How many typing errors a word that matches it may be away."""
        if not self.fuzzy or len(self.word.plain) < _FUZZY_FROM:
            return 0
        return 2 if len(self.word.plain) >= _TWO_ERRORS_FROM else 1

    @property
    def telling(self) -> frozenset[str]:
        """The stems of which a practice that has the word as it is typed, or a synonym of it, has at least one."""
        return frozenset((*self.stems, *self.label_stems, *(stems[0] for stems, _ in self.otherwise)))


class Lexicon:
    """What a snapshot knows of words. Made for one query."""

    def __init__(self, snapshot: Snapshot, analysis: Analysis) -> None:
        self._snapshot = snapshot
        self._analysis = analysis

    def language(self, asked: Asked) -> str:
        """Return the language of a query, if there are practices in it."""
        return asked.language if primary(asked.language) in self._snapshot.languages else ""

    def terms(self, asked: Asked) -> tuple[Term, ...]:
        """Return the words of a query."""
        language = self.language(asked)
        otherwise: dict[str, list[tuple[tuple[str, ...], float]]] = {}
        for meant in self._analysis.synonyms.find(asked.sequence, primary(language)):
            spoken = asked.sequence[meant.start : meant.end]
            for word in spoken:
                ways = otherwise.setdefault(word.lower(), [])
                ways += [(stems, _OTHERWISE / len(spoken)) for stems in meant.otherwise]
        terms = [self.term(word, language, tuple(otherwise.get(word.text, ()))) for word in asked.words]
        unknown = [term for term in terms if term.fuzzy][_MOST_FUZZY:]
        return tuple(replace(term, fuzzy=False) if term in unknown else term for term in terms)

    def term(self, word: Word, language: str = "", otherwise: tuple[tuple[tuple[str, ...], float], ...] = ()) -> Term:
        """Look a word up."""
        stems = self._analysis.stems_of_word(word.text, self._snapshot.stemmers)
        labels = self._analysis.stems_of_word(word.text, self._snapshot.label_stemmers)
        own = self._analysis.stems(word.text, stemmer_of(language)) if language else (*stems, *labels)
        frequency = self._snapshot.searcher.doc_freq
        places = [*((BODY, stem) for stem in stems), *((ABOUT, stem) for stem in labels)]
        practices = max((frequency(field, stem) for field, stem in places), default=0)
        rare = not otherwise and practices <= self._snapshot.practices * _KNOWN_FROM
        return Term(
            word=word,
            stems=stems,
            own=frozenset(own),
            label_stems=labels,
            practices=practices,
            fuzzy=rare and not word.unspaced,
            otherwise=otherwise,
        )

    def needed(self, terms: tuple[Term, ...]) -> tuple[Sequence[Term], Sequence[Term]]:
        """Tell the words that must match from those that say little, unless there are only such."""
        common = self._snapshot.practices * _COMMON
        little = {
            term
            for term in terms
            if term.practices > common or self._analysis.says_little(term.word.text, self._snapshot.stemmers)
        }
        needed = [term for term in terms if term not in little]
        return (needed, [term for term in terms if term in little]) if needed else (terms, ())

    def anywhere(self, term: Term) -> Query:
        """Match a word in the text or in what the practice is about; its synonyms, and what is near, a little less."""
        ways = [self.exactly(BODY, term, 1.0), self.exactly(ABOUT, term, ABOUT_WEIGHT)]
        exact = Query.boolean_query([(Occur.Should, way) for way in ways if way is not None])
        near = [*self._attached(term), *self._otherwise(term)]
        near += self.mistyped(term) + self._alike(term) if term.fuzzy else ()
        return Query.disjunction_max_query([exact, *near]) if near else exact

    def met(self, terms: Iterable[Term]) -> list[Query]:
        """Count the words that a practice has, right, mistyped or said otherwise, by their rarity.

        Likeness by 4-grams alone lets a practice in, but it is too vague to count as having the word.
        """
        counted = []
        for term in terms:
            exact = (self.exactly(field, term, 1.0) for field in (BODY, ABOUT))
            ways = [*(way for way in exact if way is not None), *self._otherwise(term), *self.mistyped(term)]
            if ways:
                has = Query.boolean_query([(Occur.Should, way) for way in ways])
                counted.append(Query.const_score_query(has, self._rarity(term)))
        return counted

    def exactly(self, field: str, term: Term, weight: float) -> Query | None:
        """Match any stem of a word; the best one scores, because only one of its languages was meant."""
        stems = term.label_stems if field == ABOUT else term.stems
        known = not term.own.isdisjoint(stems)
        ways = [
            found if stem in term.own or not known else Query.boost_query(found, _OTHER_LANGUAGE)
            for stem in stems
            for found in (self._snapshot.term(field, stem),)
        ]
        if not ways:
            return None
        best = ways[0] if len(ways) == 1 else Query.disjunction_max_query(ways)
        return Query.boost_query(best, weight * term.word.times)

    def side_by_side(self, stems: Sequence[str]) -> Query:
        """Match stems as they follow each other."""
        if len(stems) == 1:
            return self._snapshot.term(BODY, stems[0])
        return Query.phrase_query(self._snapshot.schema, BODY, list(stems))

    def _attached(self, term: Term) -> list[Query]:
        """Match a word that an attached file has, where there are such files."""
        if not self._snapshot.attached:
            return []
        has = Query.boolean_query([(Occur.Should, self._snapshot.term(ATTACHED, stem)) for stem in term.stems])
        return [Query.const_score_query(has, _ATTACHED_WEIGHT * self._rarity(term) * term.word.times)]

    def _otherwise(self, term: Term) -> list[Query]:
        return [Query.boost_query(self.side_by_side(stems), weight) for stems, weight in term.otherwise]

    def mistyped(self, term: Term) -> list[Query]:
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

    def _rarity(self, term: Term) -> float:
        """Return the inverse document frequency, as BM25 has it."""
        every = max(self._snapshot.practices, term.practices)
        return log(1 + (every - term.practices + 0.5) / (term.practices + 0.5))
