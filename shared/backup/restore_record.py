"""Writing the record of a backup into databases that hold nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bson import json_util
from pymongo import InsertOne, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase

from shared.backup.documents import RawClient, batches, decoding
from shared.backup.folder import Collection, Database, unpacked
from shared.backup.progress import Progress

_MAJORITY: Final = WriteConcern("majority")


async def restore_record(client: RawClient, folder: Path, databases: tuple[Database, ...], progress: Progress) -> None:
    """Write every collection with what it is made with, then its documents, then its indexes."""
    for database in databases:
        await client.drop_database(database.name)  # collections that a service made and wrote nothing to
        for collection in database.collections:
            await _restore(client, folder, database.name, collection, progress)


async def _restore(client: RawClient, folder: Path, database: str, collection: Collection, progress: Progress) -> None:
    described = metadata(folder, collection)
    plain = decoding(client, database)
    await plain.create_collection(collection.name, **described["options"])
    into = client[database].get_collection(collection.name, write_concern=_MAJORITY)
    count = 0
    for batch in batches(folder, collection.data):
        await into.bulk_write([InsertOne(document) for document in batch], ordered=True)
        count += len(batch)
        progress.at(f"{database}.{collection.name}", count)
    await _index(plain, collection.name, described["indexes"])
    progress.done(f"{database}.{collection.name}: {count:,} documents")


async def _index(database: AsyncDatabase[dict[str, Any]], collection: str, indexes: list[dict[str, Any]]) -> None:
    wanted = [{key: value for key, value in one.items() if key != "ns"} for one in indexes if one["name"] != "_id_"]
    if wanted:
        await database.command({"createIndexes": collection, "indexes": wanted})


def metadata(folder: Path, collection: Collection) -> dict[str, Any]:
    """Return the ``options`` and ``indexes`` of a collection."""
    with unpacked(folder, collection.metadata) as file:
        described: dict[str, Any] = json_util.loads(file.read().decode())
    return described
