"""Comparing databases with the record of a backup: every collection, document by document, byte by byte."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bson.raw_bson import RawBSONDocument
from pymongo import ReadPreference
from pymongo.asynchronous.collection import AsyncCollection

from shared.backup.databases import is_record
from shared.backup.documents import RawClient, batches, decoding, key_of
from shared.backup.folder import Collection, Manifest
from shared.backup.progress import Progress
from shared.backup.restore_record import metadata
from shared.clock import utc_now

FILES: Final = ".files"
CHUNKS: Final = ".chunks"
_NAMED: Final = 10  # documents of a collection that are named; the rest are counted


class _Differences:
    """What differs in one collection, in words: some by name, the others as a number."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._named: list[str] = []
        self._more = 0

    def add(self, words: str) -> None:
        if len(self._named) < _NAMED:
            self._named.append(f"{self._place}: {words}")
        else:
            self._more += 1

    def told(self) -> list[str]:
        return [*self._named, *([f"{self._place}: {self._more:,} more differences"] if self._more else [])]


async def compare_record(client: RawClient, folder: Path, manifest: Manifest, progress: Progress) -> list[str]:
    """List in words what is not as in the backup; empty when all of it is. Rows that have expired since may be gone."""
    found: list[str] = []
    for database in manifest.databases:
        known = {collection.name for collection in database.collections}
        there = await client[database.name].list_collection_names(filter={"type": "collection"})
        found += [
            f"{database.name}.{name}: is not in the backup"
            for name in sorted(set(there) - known)
            if is_record(name) and await client[database.name][name].find_one()
        ]
        for collection in database.collections:
            place = f"{database.name}.{collection.name}"
            here = client[database.name].get_collection(collection.name, read_preference=ReadPreference.PRIMARY)
            wrong = [
                *await _documents(here, folder, collection, place, progress),
                *await _made(client, database.name, folder, collection),
                *(await _files(client, database.name, collection.name) if collection.name.endswith(FILES) else ()),
            ]
            progress.done(
                f"{place}: {collection.documents:,} documents {'are as in the backup' if not wrong else 'DIFFER'}"
            )
            found += wrong
    return found


async def _documents(
    here: AsyncCollection[RawBSONDocument], folder: Path, collection: Collection, place: str, progress: Progress
) -> list[str]:
    differences = _Differences(place)
    expires = _expiry(metadata(folder, collection)["indexes"])
    matched = looked = 0
    for batch in batches(folder, collection.data):
        there = {key_of(row): row async for row in here.find({"_id": {"$in": [row["_id"] for row in batch]}})}
        matched += len(there)
        looked += len(batch)
        for document in batch:
            other = there.get(key_of(document))
            if other is None:
                if not _has_expired(document, expires):
                    differences.add(f"{_named(document)} is missing")
            elif other.raw != document.raw:
                differences.add(f"{_named(document)} is not the same{_versions(document, other)}")
        progress.at(place, looked)
    if await here.count_documents({}) != matched:
        async for document in _extra(here, folder, collection):
            differences.add(f"{_named(document)} is not in the backup")
    return differences.told()


async def _extra(
    here: AsyncCollection[RawBSONDocument], folder: Path, collection: Collection
) -> AsyncIterator[RawBSONDocument]:
    known = {key_of(document) for batch in batches(folder, collection.data) for document in batch}
    async for document in here.find({}):
        if key_of(document) not in known:
            yield document


async def _made(client: RawClient, database: str, folder: Path, collection: Collection) -> list[str]:
    """Compare what the collection was made with, and its indexes."""
    described = metadata(folder, collection)
    place = f"{database}.{collection.name}"
    plain = decoding(client, database)
    async with await plain.list_collections(filter={"name": collection.name}) as cursor:
        made = [row async for row in cursor]
    if not made:
        return [f"{place}: there is no such collection"]
    found = []
    if made[0].get("options", {}) != described["options"]:
        found.append(f"{place}: was made with other options")
    async with await plain[collection.name].list_indexes() as cursor:
        there = {index["name"]: dict(index) async for index in cursor}
    wanted = {index["name"]: index for index in described["indexes"]}
    found += [f"{place}: the index {name} is missing or another" for name in wanted if there.get(name) != wanted[name]]
    found += [f"{place}: the index {name} is not in the backup" for name in there if name not in wanted]
    return found


async def _files(client: RawClient, database: str, files: str) -> list[str]:
    """See that each file of GridFS can be read whole: its pieces are all there and as long as it is said to be."""
    bucket = files.removesuffix(FILES)
    plain = decoding(client, database)
    pieces: dict[bytes, dict[str, Any]] = {}
    counted = [
        {
            "$group": {
                "_id": "$files_id",
                "bytes": {"$sum": {"$binarySize": "$data"}},
                "count": {"$sum": 1},
                "last": {"$max": "$n"},
            }
        }
    ]
    async for row in await client[database][f"{bucket}{CHUNKS}"].aggregate(counted, allowDiskUse=True):
        pieces[key_of(row)] = dict(row)
    found = []
    async for file in plain[files].find({}, {"length": 1}):
        had = pieces.pop(key_of(file), {"bytes": 0, "count": 0, "last": -1})
        if had["bytes"] != file["length"] or had["count"] != had["last"] + 1:
            found.append(f"{database}.{files}: {file['_id']!r} has {had['bytes']} of its {file['length']} bytes")
    return found


def _expiry(indexes: list[dict[str, Any]]) -> list[tuple[str, timedelta]]:
    """Return the fields by which rows expire, and how long after."""
    return [
        (next(iter(index["key"])), timedelta(seconds=float(index["expireAfterSeconds"])))
        for index in indexes
        if "expireAfterSeconds" in index
    ]


def _has_expired(document: RawBSONDocument, expires: list[tuple[str, timedelta]]) -> bool:
    return any(isinstance(at := document.get(field), datetime) and at + after <= utc_now() for field, after in expires)


def _named(document: RawBSONDocument) -> str:
    return f"{document['_id']!r}"


def _versions(document: RawBSONDocument, other: RawBSONDocument) -> str:
    before, now = document.get("version"), other.get("version")
    return f": version {before} in the backup, {now} here" if before != now else ""
