"""What a saved search asks of the index, again and again: every one of its words as it is typed, under its filters.

It is the production query with no typing error forgiven and no word let off but one in four of a long query: what is
found by chance while looking around, far down the list, would be a nuisance in a mail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tantivy import Query

from services.search.analysis import Analysis
from services.search.compose import compose, strictly
from services.search.facets import Filters, filtered
from services.search.index import Snapshot
from services.search.query import understand
from services.search.saved.searches import SavedSearch

# Something that a practice has: a facet and a code of it, or nothing and a stem.
Key = tuple[str, str]
ANY: Final[Key] = ("", "")  # what every practice has


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``query`` decides. The rest is what a practice must have besides, by which most are ruled out at less cost:
    the codes of each filter, and of at least ``least`` words one of the stems.
    """

    query: Query
    filters: Filters
    words: tuple[frozenset[str], ...]
    least: int

    def may_answer(self, codes: dict[str, frozenset[str]], stems: frozenset[str]) -> bool:
        """Whether a practice with these codes by facet and these stems may be found."""
        if any(codes[facet].isdisjoint(wanted) for facet, wanted in self.filters.items()):
            return False
        return not self.least or sum(not stems.isdisjoint(word) for word in self.words) >= self.least

    def needs_one_of(self) -> Iterator[Key]:
        """Yield some keys of which every practice that may be found has at least one.

        Words rule more practices out than codes do. Where not all words must match, one of so many that are left when
        those that may be missing are set aside.
        """
        if self.least:
            asked = sorted(self.words, key=len)[: len(self.words) - self.least + 1]
            yield from (("", stem) for stem in frozenset().union(*asked))
        elif self.filters:
            facet = min(self.filters, key=lambda facet: len(self.filters[facet]))
            yield from ((facet, code) for code in self.filters[facet])
        else:
            yield ANY


def standing(text: str, filters: Filters, snapshot: Snapshot, analysis: Analysis) -> Standing:
    """Return what a search asks, by what is known of words in a snapshot: languages, and which words say little."""
    asked = understand(text, analysis)
    if not asked.words:  # everything, less what is left out; or nothing, where signs were typed
        plan = compose(asked, snapshot, analysis)
        return Standing(query=filtered(plan.matching, filters, snapshot), filters=filters, words=(), least=0)
    strict = strictly(asked, snapshot, analysis, questions=False)
    return Standing(
        query=filtered(strict.every, filters, snapshot),
        filters=filters,
        words=tuple(term.telling for term in strict.needed),
        least=strict.least,
    )


def standing_of(search: SavedSearch, snapshot: Snapshot, analysis: Analysis) -> Standing:
    return standing(search.text, search.filters, snapshot, analysis)
