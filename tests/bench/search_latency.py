"""How long a search takes inside the service: two words, a filter, every facet, ten hits with snippets.

``python -m tests.bench.search_latency [--practices N] [--words N] [--queries N] [--seed N]`` measures it alone. The
index is a real one on disk; HTTP and NATS are left out. One client, each query another one.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from services.search.analysis import Analysis
from services.search.changes import Put
from services.search.correct import Corrections
from services.search.entry import Entry, entry_of
from services.search.find import Search, find
from services.search.index import SearchIndex, open_index
from services.search.labels import Labels
from services.search.related import Related, related
from services.search.schema import Position
from services.search.suggest import Suggestions
from shared.vocabulary import Vocabularies, vocabulary
from tests.bench.figures import Figure, Section, milliseconds, percentile
from tests.bench.practices import Practices

GOAL_SECONDS: Final = 0.020
_MAIN: Final = "two words, a filter, facets and snippets"
_LIVE: Final = "the same, after commits of one practice each"
_BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What is measured on. The seed makes the same practices and queries again."""

    practices: int = 10_000
    words: int = 500
    queries: int = 400
    seed: int = 7


async def measure(size: Size | None = None) -> Section:
    """Fill an index in a folder that is thrown away, and measure."""
    return await asyncio.to_thread(_measured, size or Size())


def _measured(size: Size) -> Section:
    made = Practices(size.seed, words=size.words)
    labels = Labels(Vocabularies.load())
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        index = open_index(Path(folder), labels=labels)
        try:
            rate, text = _fill(index, made, size.practices)
            stored = sum(file.stat().st_size for file in Path(folder).iterdir())
            series = _queries(index, made, labels, size.queries)
            series["a publication, until it is found"] = _commits(index, made, size.practices)
            series[_LIVE] = _queries(index, made, labels, size.queries)[_MAIN]
        finally:
            index.close()
    more = (
        Figure(name="practices indexed a second", value=f"{rate:.0f}"),
        Figure(name="index for each byte of text", value=f"{stored / text:.2f}"),
    )
    return Section(
        title="Search",
        how=f"{size.practices} practices of {size.words} words in eight languages (seed {size.seed}), in the service "
        f"without HTTP, one client; {size.queries} queries of the first kind.",
        figures=(*(_figure(kind, times) for kind, times in series.items()), *more),
    )


def _figure(kind: str, seconds: list[float]) -> Figure:
    p50, p95 = percentile(seconds, 0.5), percentile(seconds, 0.95)
    promised = kind in {_MAIN, _LIVE}
    return Figure(
        name=f"{kind}: p50 / p95 / worst",
        value=" / ".join(map(milliseconds, (p50, p95, max(seconds)))),
        goal=f"p95 under {milliseconds(GOAL_SECONDS)}" if promised else "",
        kept=p95 < GOAL_SECONDS if promised else None,
    )


def _fill(index: SearchIndex, made: Practices, practices: int) -> tuple[float, int]:
    """Index so many practices; return how many a second, and the bytes of their texts."""
    spent, text = 0.0, 0
    for first in range(0, practices, _BATCH):
        entries = [entry_of(made.one(n), said=1) for n in range(first, min(first + _BATCH, practices))]
        text += sum(map(_size_of, entries))
        position = Position(stream="bench", sequence=first + len(entries), complete=True)
        spent += _timed(partial(index.apply, [Put(entry=entry) for entry in entries], position))
    return practices / spent, text


def _size_of(entry: Entry) -> int:
    texts = (*entry.titles.values(), *entry.summaries.values(), *entry.texts.values())
    return sum(len(text.encode()) for text in texts)


def _queries(index: SearchIndex, made: Practices, labels: Labels, queries: int) -> dict[str, list[float]]:
    """Return the seconds that queries took, by their kind."""
    analysis, snapshot = Analysis(), index.snapshot
    suggestions, corrections = Suggestions(labels, analysis), Corrections(labels, analysis)
    themes = vocabulary("themes").usable

    def search(text: str, n: int) -> Callable[[], object]:
        filters = {"theme": (themes[n % len(themes)],)}
        return partial(find, Search(text=text, filters=filters, limit=10), snapshot, analysis)

    def suggest(n: int) -> Callable[[], object]:
        return partial(suggestions.find, made.two_words()[: 2 + n % 3], snapshot, language="fr", limit=10)

    def correct(text: str) -> Callable[[], object]:
        search = Search(text=text, filters={}, limit=10)

        def found_and_meant() -> object:
            find(search, snapshot, analysis)
            return corrections.find(search, snapshot)

        return found_and_meant

    def alike(n: int) -> Callable[[], object]:
        return partial(related, Related(practice_id=ids[n % len(ids)], language="fr"), snapshot, analysis)

    few = max(20, queries // 10)
    ids = [hit.shown["id"] for hit in find(Search(filters={}, limit=few), snapshot, analysis).hits]
    return {
        _MAIN: [_timed(search(made.two_words(), n)) for n in range(queries)],
        "a misspelt word": [_timed(search(made.two_words().split()[0] + "x", n)) for n in range(few)],
        "two misspelt words, and what was meant": [_timed(correct(_misspelt(made.two_words()))) for _ in range(few)],
        "nothing typed": [_timed(search("", n)) for n in range(few)],
        "twelve words": [_timed(search(" ".join(made.two_words() for _ in range(6)), n)) for n in range(few)],
        "2,000 characters": [_timed(search(" ".join(made.two_words() for _ in range(99)), n)) for n in range(few)],
        "the counts alone, for the home page": [
            _timed(partial(find, Search(filters={}, limit=0), snapshot, analysis)) for _ in range(few)
        ],
        "practices like one": [_timed(alike(n)) for n in range(few)],
        "suggestions": [_timed(suggest(n)) for n in range(few)],
    }


def _misspelt(words: str) -> str:
    """Swap two letters of each word and leave one out."""
    return " ".join(word[:2] + word[3:4] + word[2] + word[5:] for word in words.split())


def _commits(index: SearchIndex, made: Practices, practices: int) -> list[float]:
    """Return the seconds until a change is found, for one after the other."""
    return [
        _timed(
            partial(
                index.apply,
                [Put(entry=entry_of(made.one(practices + n), said=1))],
                Position(stream="bench", sequence=practices + n + 1, complete=True),
            )
        )
        for n in range(60)
    ]


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("practices", 10_000), ("words", 500), ("queries", 400), ("seed", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    section = asyncio.run(measure(Size(**vars(parser.parse_args()))))
    print(section.how)  # noqa: T201
    for figure in section.figures:
        print(f"  {figure.name:70} {figure.value}{'' if figure.kept in {None, True} else '   NOT KEPT'}")  # noqa: T201


if __name__ == "__main__":
    main()
