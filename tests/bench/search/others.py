"""SQLite FTS5 and MongoDB ``$text``, as one might use them: the same texts and queries, their own best settings."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from pymongo import AsyncMongoClient

from services.search.analysis import primary
from services.search.evaluate.collection import Collection
from services.search.evaluate.scores import RECALL_AT, ndcg
from services.search.language import detector
from tests.bench.search import kept
from tests.bench.search.progress import Progress, say
from tests.bench.search.texts import Query, Size, entries, queries, text_of

_WORD: Final = re.compile(r"\w+")
_FACETS: Final = ("kind", "sector", "theme", "country", "language", "year", "evidence", "organisation")
_BATCH: Final = 500
_QUERY_SECONDS: Final = 60.0
_LEAST_QUERIES: Final = 10
# Languages that MongoDB's text index knows; any other is "none".
_MONGODB_KNOWS: Final = frozenset(
    ["da", "nl", "en", "fi", "fr", "de", "hu", "it", "nb", "pt", "ro", "ru", "es", "sv", "tr"]
)

Row = dict[str, Any]


def rows(size: Size) -> Iterator[Row]:
    """Return the practices as rows of a table."""
    for number, entry in enumerate(entries(size)):
        yield {
            "id": number,
            "title": "\n".join(entry.titles.values()),
            "body": text_of(entry),
            "kind": [entry.kind],
            "sector": list(entry.sectors),
            "theme": list(entry.themes),
            "country": list(entry.countries),
            "language": [primary(entry.source_language)],
            "year": list(map(str, entry.years)),
            "evidence": [entry.evidence_level or ""],
            "organisation": [one.code for one in entry.organisations],
        }


class Sqlite:
    """FTS5 with its Porter stemmer and accents left out, titles counting double; codes in a table beside it."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file)
        self._db.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS texts"
            " USING fts5(title, body, tokenize='porter unicode61 remove_diacritics 2')"
        )
        self._db.execute("CREATE TABLE IF NOT EXISTS codes (facet TEXT, code TEXT, id INTEGER)")

    def add(self, batch: Sequence[Row]) -> None:
        self._db.executemany("INSERT INTO texts(rowid, title, body) VALUES (:id, :title, :body)", batch)
        codes = ((facet, code, row["id"]) for row in batch for facet in _FACETS for code in row.get(facet, ()))
        self._db.executemany("INSERT INTO codes VALUES (?, ?, ?)", codes)

    def finish(self) -> None:
        """Make the indexes of the codes, once all are there, and commit."""
        self._db.execute("CREATE INDEX by_code ON codes(facet, code, id)")
        self._db.execute("CREATE INDEX by_id ON codes(id)")
        self._db.commit()

    def ask(self, query: Query) -> None:
        """Ten hits with snippets under three filters, and the counts of every facet."""
        filters = (("kind", query.kinds), ("sector", query.sectors), ("theme", query.themes))
        bound = " ".join(
            f"AND rowid IN (SELECT id FROM codes WHERE facet = '{facet}' AND code IN ({', '.join('?' * len(codes))}))"
            for facet, codes in filters
        )
        given = [_quoted(query.text, " "), *(code for _, codes in filters for code in codes)]
        hits = "SELECT rowid, snippet(texts, 1, '<mark>', '</mark>', '…', 30) FROM texts WHERE texts MATCH ?"
        self._db.execute(f"{hits} {bound} ORDER BY bm25(texts, 2.0, 1.0) LIMIT 10", given).fetchall()
        counts = (
            f"SELECT facet, code, count(*) FROM codes WHERE id IN (SELECT rowid FROM texts WHERE texts MATCH ? {bound})"
        )
        self._db.execute(f"{counts} GROUP BY facet, code", given).fetchall()

    def rank(self, text: str) -> list[int]:
        """The best hundred for any of the words."""
        if not (words := _quoted(text, " OR ")):
            return []
        best = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY bm25(texts, 2.0, 1.0) LIMIT ?"
        return [row[0] for row in self._db.execute(best, (words, RECALL_AT))]

    def close(self) -> None:
        self._db.close()


class Mongo:
    """``$text`` in each text's own language, where MongoDB knows it, titles counting double."""

    def __init__(self, url: str, name: str) -> None:
        self._client: AsyncMongoClient[Row] = AsyncMongoClient(url, directConnection=True)
        self._texts = self._client[name]["texts"]

    async def add(self, batch: Sequence[Row], language: str | None = None) -> None:
        await self._texts.insert_many(
            [
                {
                    **{k: v for k, v in row.items() if k not in {"id", "language"}},
                    "_id": row["id"],
                    "spoken": row.get("language", []),
                }
                | {"language": _known(language or next(iter(row.get("language", [])), ""))}
                for row in batch
            ]
        )

    async def finish(self) -> None:
        """Make the indexes, which takes less time once all texts are there."""
        await self._texts.create_index(
            [("title", "text"), ("body", "text")], weights={"title": 2, "body": 1}, default_language="none"
        )
        for facet in ("kind", "sector", "theme"):
            await self._texts.create_index(facet)

    async def ask(self, query: Query) -> None:
        words = " ".join(f'"{word}"' for word in query.text.split())
        match = {
            "$text": {"$search": words},
            "kind": {"$in": query.kinds},
            "sector": {"$in": query.sectors},
            "theme": {"$in": query.themes},
        }
        score = {"$meta": "textScore"}
        counted = {
            facet: [{"$unwind": f"${facet}"}, {"$sortByCount": f"${facet}"}]
            for facet in (*_FACETS[:4], "spoken", *_FACETS[5:])
        }
        best: list[Row] = [{"$sort": {"score": score}}, {"$limit": 10}, {"$project": {"title": 1, "body": 1}}]
        pipeline: list[Row] = [{"$match": match}, {"$addFields": {"score": score}}]
        best[0] = {"$sort": {"score": -1}}
        async for _ in await self._texts.aggregate([*pipeline, {"$facet": {"hits": best, **counted}}]):
            pass

    async def rank(self, text: str, language: str) -> list[int]:
        score = {"$meta": "textScore"}
        plain = " ".join(_WORD.findall(text))
        found = self._texts.find(
            {"$text": {"$search": plain, "$language": _known(language)}}, {"score": score, "_id": 1}
        ).sort([("score", score)])
        return [row["_id"] async for row in found.limit(RECALL_AT)]

    async def close(self) -> None:
        await self._client.close()


def _known(language: str) -> str:
    return language if language in _MONGODB_KNOWS else "none"


def _quoted(text: str, between: str) -> str:
    return between.join(f'"{word}"' for word in dict.fromkeys(_WORD.findall(text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """The texts that an engine indexed a second, when if that was in another run, and the seconds of each query."""

    rate: float
    earlier: str | None
    taken: tuple[float, ...]


async def speed(size: Size, folder: Path, mongodb_url: str) -> dict[str, Other]:
    """Measure each engine by its name. What ``folder`` and the database at the URL have already is only asked.

    The practices are made once for both. Each is asked as many of the queries as it answers in a minute, at least ten.
    """
    there = kept.earlier(folder, size)
    sqlite, mongo = Sqlite(folder / "fts5.db"), Mongo(mongodb_url, "bench_search")
    noted = there or kept.note(folder, size, **await _filled(size, sqlite, mongo))
    asked, progress = queries(size), Progress("queries asked of both", size.queries)
    of_sqlite, of_mongo = _Minute(), _Minute()
    for number, query in enumerate(asked):
        if of_sqlite.lasts():
            of_sqlite.taken.append(_timed(partial(sqlite.ask, query)))
        if of_mongo.lasts():
            of_mongo.taken.append(await _awaited(mongo.ask(query)))
        progress.at(number)
    sqlite.close()
    await mongo.close()
    when = noted["at"] if there else None
    return {
        "SQLite FTS5": Other(rate=noted["sqlite"], earlier=when, taken=tuple(of_sqlite.taken)),
        "MongoDB $text": Other(rate=noted["mongodb"], earlier=when, taken=tuple(of_mongo.taken)),
    }


async def _filled(size: Size, sqlite: Sqlite, mongo: Mongo) -> dict[str, float]:
    """Fill both; return the texts that each indexed a second."""
    first = second = 0.0
    source, progress, done = rows(size), Progress("written to both", size.documents), 0
    while batch := list(islice(source, _BATCH)):
        first += _timed(partial(sqlite.add, batch))
        second += await _awaited(mongo.add(batch))
        done += len(batch)
        progress.at(done)
    progress.done()
    say("  making the indexes of both")
    first += _timed(sqlite.finish)
    second += await _awaited(mongo.finish())
    return {"sqlite": size.documents / first, "mongodb": size.documents / second}


class _Minute:
    """The seconds that queries took, until they fill a minute."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def lasts(self) -> bool:
        return len(self.taken) < _LEAST_QUERIES or sum(self.taken) < _QUERY_SECONDS


async def relevance(collection: Collection, folder: Path, mongodb_url: str) -> dict[str, float]:
    """Return nDCG@10 by engine. Queries of all words at once, any of which will do."""
    texts = [{"id": n, "title": one.title, "body": one.text} for n, one in enumerate(collection.texts)]
    names = [one.id for one in collection.texts]
    detect = detector()
    language = max(primaries := [primary(detect(one.text)[0]) for one in collection.texts[:50]], key=primaries.count)
    sqlite = Sqlite(folder / f"{collection.name}.db")
    sqlite.add(texts)
    sqlite.finish()
    mongo = Mongo(mongodb_url, f"bench_{collection.name}")
    await mongo.add(texts, language)
    await mongo.finish()
    scores: dict[str, list[float]] = {"SQLite FTS5": [], "MongoDB $text": []}
    for query, text in collection.queries.items():
        grades = collection.grades[query]
        scores["SQLite FTS5"].append(ndcg([names[n] for n in sqlite.rank(text)], grades))
        scores["MongoDB $text"].append(ndcg([names[n] for n in await mongo.rank(text, language)], grades))
    sqlite.close()
    await mongo.close()
    return {engine: _mean(values) for engine, values in scores.items()}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


async def _awaited(work: Awaitable[Any]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
