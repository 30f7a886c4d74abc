"""What a saved search asks of the index, again and again: every one of its words as it is typed, under its filters.

It is the production query with no typing error forgiven and no word let off but one in four of a long query: what is
found by chance while looking around, far down the list, would be a nuisance in a mail.
"""

from __future__ import annotations

from dataclasses import dataclass

from tantivy import Query

from services.search.analysis import Analysis
from services.search.compose import compose, strictly
from services.search.facets import Filters, filtered
from services.search.index import Snapshot
from services.search.query import understand
from services.search.saved.searches import SavedSearch


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
