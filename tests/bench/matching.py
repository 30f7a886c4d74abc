"""``python -m tests.bench.matching``: how long a new practice takes to be matched against many saved searches.

Without servers: what is measured is the work itself, wall and processor time of one core, beside composing all
searches once, which a replica does after its start.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from services.search.changes import Put
from services.search.entry import entry_of
from services.search.index import open_index
from services.search.labels import Labels
from services.search.saved.matching import Matcher
from services.search.saved.searches import Frequency, SavedSearch, save
from services.search.schema import Position
from shared.vocabulary import Vocabularies, vocabulary
from tests.bench.practices import EPOCH, Practices


def main(*, practices: int, searches: int, news: int, seed: int) -> None:
    """Measure and print."""
    labels, made, rng = Labels(Vocabularies.load()), Practices(seed), random.Random(seed)
    with TemporaryDirectory() as folder:
        index = open_index(Path(folder), labels=labels)
        known = [Put(entry=entry_of(made.one(number), said=1)) for number in range(practices)]
        index.apply(known, Position(stream="bench", sequence=practices, complete=True))
        asked = [_search(rng, made, number) for number in range(searches)]
        matcher = Matcher(labels)
        began = time.perf_counter()
        matcher.match([], asked, index.snapshot)
        _tell(f"composed {searches} searches in {time.perf_counter() - began:.2f} s")
        walls, cpus, answered = [], [], 0
        for number in range(news):
            entry = entry_of(made.one(practices + number), said=1)
            wall, cpu = time.perf_counter(), time.process_time()
            answered += sum(map(len, matcher.match([entry], asked, index.snapshot).values()))
            walls.append((time.perf_counter() - wall) * 1000)
            cpus.append((time.process_time() - cpu) * 1000)
        index.close()
    for name, figures in (("wall", walls), ("processor", cpus)):
        cut = quantiles(figures, n=20)
        _tell(f"{name}: p50 {cut[9]:.1f} ms, p95 {cut[18]:.1f} ms a practice")
    _tell(f"{answered / news:.0f} of {searches} searches answered by a practice")


def _tell(line: str) -> None:
    print(line)  # noqa: T201 - what it is for


def _search(rng: random.Random, made: Practices, number: int) -> SavedSearch:
    """Two words, two words in a theme, or a theme in a country."""
    text = made.two_words() if number % 3 else ""
    filters = {"theme": (rng.choice(vocabulary("themes").usable),)} if number % 3 != 1 else {}
    if not text:
        filters["country"] = (rng.choice(vocabulary("countries").usable[:60]),)
    return save(
        person_id=f"person{number}",
        name="It",
        text=text,
        filters=filters,
        language="",
        frequency=Frequency.AT_ONCE,
        now=EPOCH,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.matching", description=__doc__)
    for name, default in (("practices", 2_000), ("searches", 5_000), ("news", 100), ("seed", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    main(**vars(parser.parse_args()))
