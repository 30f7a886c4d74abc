"""A test collection read from its folder: texts, queries, and who judged which text to answer which query.

``corpus.jsonl`` has an object a line with ``id``, ``title`` and ``text``, ``queries.jsonl`` with ``id`` and ``text``;
``qrels.tsv`` has a query, a document and a grade a line, parted by tabs, 0 for not relevant (the BEIR layout).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CORPUS, QUERIES, JUDGEMENTS = "corpus.jsonl", "queries.jsonl", "qrels.tsv"
_COLUMNS: Final = 3


class BadCollection(Exception):
    """The folder is no test collection; the message says what is wrong where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A document; the title may be empty."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """``queries`` has those that some document answers, ``grades`` for each what each document judged is worth."""

    name: str
    texts: tuple[Text, ...]
    queries: Mapping[str, str]
    grades: Mapping[str, Mapping[str, int]]


def read_collection(folder: Path) -> Collection:
    """Read a folder; raises BadCollection."""
    if not folder.is_dir():
        raise BadCollection(f"{folder}: there is no such folder")
    for name in (CORPUS, QUERIES, JUDGEMENTS):
        if not (folder / name).is_file():
            raise BadCollection(f"{folder}: there is no {name}")
    texts = {line.id: line for line in _texts(folder / CORPUS)}
    queries = dict(_queries(folder / QUERIES))
    grades: dict[str, dict[str, int]] = {}
    for query, document, grade in _judgements(folder / JUDGEMENTS):
        if query in queries:
            grades.setdefault(query, {})[document] = grade
    answered = {query: judged for query, judged in grades.items() if any(grade > 0 for grade in judged.values())}
    if not texts or not answered:
        what = f"{CORPUS} holds no text" if not texts else f"no query of {QUERIES} has an answer in {JUDGEMENTS}"
        raise BadCollection(f"{folder}: {what}")
    return Collection(
        name=folder.resolve().name,
        texts=tuple(texts.values()),
        queries={query: text for query, text in queries.items() if query in answered},
        grades=answered,
    )


def _texts(file: Path) -> Iterator[Text]:
    for line, found in _objects(file):
        yield Text(
            id=_string(found, "id", line),
            title=_string(found, "title", line, optional=True),
            text=_string(found, "text", line),
        )


def _queries(file: Path) -> Iterator[tuple[str, str]]:
    for line, found in _objects(file):
        yield _string(found, "id", line), _string(found, "text", line)


def _judgements(file: Path) -> Iterator[tuple[str, str, int]]:
    for number, line in enumerate(_lines(file), 1):
        columns = line.split("\t")
        grade = columns[-1].strip()
        if len(columns) != _COLUMNS or not grade.lstrip("-").isdecimal():
            if number == 1 and len(columns) == _COLUMNS:  # the names of the columns
                continue
            raise BadCollection(f"{file}, line {number}: not a query, a document and a whole grade, parted by tabs")
        yield columns[0].strip(), columns[1].strip(), int(grade)


def _objects(file: Path) -> Iterator[tuple[str, dict[str, object]]]:
    for number, line in enumerate(_lines(file), 1):
        where = f"{file}, line {number}"
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadCollection(f"{where}: not JSON: {error}") from error
        if not isinstance(found, dict):
            raise BadCollection(f"{where}: not an object")
        yield where, found


def _lines(file: Path) -> Iterator[str]:
    try:
        with file.open(encoding="utf-8-sig") as lines:
            yield from (stripped for line in lines if (stripped := line.rstrip("\n")).strip())
    except UnicodeDecodeError as error:
        raise BadCollection(f"{file}: not UTF-8: {error}") from error
    except OSError as error:
        raise BadCollection(f"{file}: cannot be read: {error.strerror}") from error


def _string(found: Mapping[str, object], name: str, where: str, *, optional: bool = False) -> str:
    value = found.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None and optional:
        return ""
    if not isinstance(value, str) or not (value or optional or name == "text"):
        raise BadCollection(f"{where}: {name!r} is not a text")
    return value
