"""``python -m tests.bench.search``: measure search beside SQLite FTS5 and MongoDB ``$text``; write docs/search.md."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.free_ports import free_port
from local.mongod import Mongod
from services.search.evaluate.collection import BadCollection, read_collection
from services.search.evaluate.run import Evaluator, Measured
from shared.service import run
from tests.bench.search import kept, others, ours
from tests.bench.search.page import PAGE, Relevance, page
from tests.bench.search.progress import say
from tests.bench.search.texts import Size

COLLECTIONS: Final = Path(__file__).parents[4] / "shared" / "data" / "relevance"

_MOST_OF_OTHERS: Final = 100_000  # practices


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is measured beside the queries."""

    speed: bool
    relevance: bool
    rebuild: bool
    others: bool


async def _speed(size: Size, folder: Path, wanted: _Wanted) -> tuple[ours.Ours, dict[str, others.Other]]:
    say(f"search itself, {size.documents:,} practices")
    own = await ours.measure(size, folder / "ours", rebuild=wanted.rebuild)
    if not wanted.others:
        return own, {}
    if size.documents > _MOST_OF_OTHERS:
        say(f"SQLite FTS5 and MongoDB are left out: more than {_MOST_OF_OTHERS:,} practices would take them hours")
        return own, {}
    say("SQLite FTS5 and MongoDB")
    place = folder / "others"
    if kept.earlier(place, size) is None:
        kept.begin(place)
        (place / "mongod").mkdir()
    async with _mongod(place / "mongod") as url:
        return own, await others.speed(size, place, url)


async def _relevance(folder: Path) -> list[Relevance]:
    if not COLLECTIONS.is_dir():
        say(f"no test collections at {COLLECTIONS}: relevance is not measured")
        return []
    found = []
    data = Path(tempfile.mkdtemp(dir=folder))
    async with _mongod(data) as url:
        for place in sorted(COLLECTIONS.iterdir()):
            try:
                collection = read_collection(place)
            except BadCollection as error:
                say(f"left out: {error}")
                continue
            say(f"relevance on {collection.name}")
            measured: Measured = await asyncio.to_thread(Evaluator().measure, collection, lambda *_: None)
            found.append(Relevance(measured=measured, others=await others.relevance(collection, data, url)))
    return found


class _mongod:  # noqa: N801 - a context like a function
    def __init__(self, data: Path) -> None:
        self._mongod = Mongod(data, free_port())

    async def __aenter__(self) -> str:
        await self._mongod.start()
        return self._mongod.url

    async def __aexit__(self, *_: object) -> None:
        await self._mongod.stop()


async def _measure(size: Size, folder: Path, keep: Path | None, wanted: _Wanted, into: list[str]) -> None:
    measured = await _speed(size, keep or folder, wanted) if wanted.speed else None
    scores = await _relevance(folder) if wanted.relevance else None
    into.append(page(size, measured, scores))


def _main(options: argparse.Namespace) -> None:
    size = Size(documents=options.documents, words=options.words, queries=options.queries, seed=options.seed)
    left_out = options.without or ()
    wanted = _Wanted(
        speed=options.only != "relevance",
        relevance=options.only != "speed",
        rebuild="rebuild" not in left_out,
        others="others" not in left_out,
    )
    written: list[str] = []
    # On the disk that the project lies on: in memory, a database would look faster than it is.
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        run(_measure(size, Path(folder).resolve(), options.keep, wanted, written))
    if options.only or left_out:
        sys.stdout.writelines(written)
    else:
        PAGE.write_text("".join(written), "utf-8")
        say(f"written to {PAGE}")


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
    parser.add_argument(
        "--without", action="append", choices=("rebuild", "others"), help="left out; then written to the terminal"
    )
    parser.add_argument(
        "--keep",
        type=lambda given: Path(given).resolve(),
        metavar="FOLDER",
        help="keep what is built here, to be measured again without building it",
    )
    try:
        _main(parser.parse_args())
    except kept.OtherSize as error:
        parser.error(str(error))
