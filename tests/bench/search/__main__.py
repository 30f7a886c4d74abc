"""``python -m tests.bench.search``: measure search beside SQLite FTS5 and MongoDB ``$text``; write docs/search.md."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final

from local.mongod import Mongod
from local.process import free_port
from services.search.evaluate.collection import BadCollection, read_collection
from services.search.evaluate.run import Evaluator, Measured
from shared.service import run
from tests.bench.search import others, ours
from tests.bench.search.page import PAGE, Relevance, page
from tests.bench.search.texts import Size

COLLECTIONS: Final = Path(__file__).parents[4] / "shared" / "data" / "relevance"

_MOST_OF_OTHERS: Final = 100_000  # practices


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


async def _speed(size: Size, folder: Path) -> tuple[ours.Ours, dict[str, tuple[float, list[float]]]]:
    _say(f"search itself, {size.documents} practices")
    own = await ours.measure(size, folder / "ours")
    if size.documents > _MOST_OF_OTHERS:
        _say(f"SQLite FTS5 and MongoDB are left out: more than {_MOST_OF_OTHERS:,} practices would take them hours")
        return own, {}
    _say("SQLite FTS5 and MongoDB")
    async with _mongod(folder) as url:
        return own, await others.speed(size, folder, url)


async def _relevance(folder: Path) -> list[Relevance]:
    if not COLLECTIONS.is_dir():
        _say(f"no test collections at {COLLECTIONS}: relevance is not measured")
        return []
    found = []
    async with _mongod(folder) as url:
        for place in sorted(COLLECTIONS.iterdir()):
            try:
                collection = read_collection(place)
            except BadCollection as error:
                _say(f"left out: {error}")
                continue
            _say(f"relevance on {collection.name}")
            measured: Measured = await asyncio.to_thread(Evaluator().measure, collection, lambda *_: None)
            found.append(Relevance(measured=measured, others=await others.relevance(collection, folder, url)))
    return found


class _mongod:  # noqa: N801 - a context like a function
    def __init__(self, folder: Path) -> None:
        data = Path(tempfile.mkdtemp(dir=folder))
        self._mongod = Mongod(data, free_port())

    async def __aenter__(self) -> str:
        await self._mongod.start()
        return self._mongod.url

    async def __aexit__(self, *_: object) -> None:
        await self._mongod.stop()


async def _measure(size: Size, folder: Path, *, only: str | None, into: list[str]) -> None:
    measured = await _speed(size, folder) if only != "relevance" else None
    scores = await _relevance(folder) if only != "speed" else None
    into.append(page(size, measured, scores))


def _main(options: argparse.Namespace) -> None:
    size = Size(documents=options.documents, words=options.words, queries=options.queries, seed=options.seed)
    written: list[str] = []
    # On the disk that the project lies on: in memory, a database would look faster than it is.
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        run(_measure(size, Path(folder).resolve(), only=options.only, into=written))
    if options.only:
        sys.stdout.writelines(written)
    else:
        PAGE.write_text("".join(written), "utf-8")
        _say(f"written to {PAGE}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.search", description=__doc__)
    usual = Size()
    for name, default, words in (
        ("documents", usual.documents, "practices"),
        ("words", usual.words, "words in each"),
        ("queries", usual.queries, "queries"),
        ("seed", usual.seed, "of what is made"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{words} ({default})")
    parser.add_argument("--only", choices=("speed", "relevance"), help="one half, written to the terminal")
    _main(parser.parse_args())
