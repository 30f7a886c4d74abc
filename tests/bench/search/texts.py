"""The practices and queries that every engine gets: the same seed gives the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from services.search.entry import Entry, entry_of
from shared.events.practices import PublicPractice
from shared.vocabulary import vocabulary
from tests.bench.practices import Practices


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured."""

    documents: int = 100_000
    words: int = 500
    queries: int = 300
    seed: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Two words and three filters."""

    text: str
    kinds: tuple[str, ...]
    sectors: tuple[str, ...]
    themes: tuple[str, ...]


def practices(size: Size) -> Iterator[PublicPractice]:
    """Make the practices one after the other."""
    made = Practices(size.seed, words=size.words)
    return (made.one(number) for number in range(size.documents))


def queries(size: Size) -> list[Query]:
    """Make the queries, of words that the practices have. The filters leave about a third of the practices."""
    made = Practices(size.seed, words=size.words)
    sectors, themes = vocabulary("sectors").usable, vocabulary("themes").usable
    return [
        Query(
            text=made.two_words(),
            kinds=("practice", "lesson_learned"),
            sectors=tuple(sectors[(number + step) % len(sectors)] for step in range(3)),
            themes=tuple(themes[(number + step) % len(themes)] for step in range(4)),
        )
        for number in range(size.queries)
    ]


def mistyped(query: Query) -> Query:
    """Return the query with two letters of its longest word swapped."""
    word = max(query.text.split(), key=len)
    middle = len(word) // 2
    wrong = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
    return replace(query, text=query.text.replace(word, wrong))


def text_of(entry: Entry) -> str:
    """Return all prose of a practice."""
    return "\n".join(chain(entry.titles.values(), entry.summaries.values(), entry.texts.values()))


def entries(size: Size) -> Iterator[Entry]:
    """Return the practices as search reads them."""
    return (entry_of(practice, said=1) for practice in practices(size))
