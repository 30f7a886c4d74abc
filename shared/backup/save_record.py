"""Reading the record of every service as it was at one moment, while the services go on writing.

All reads share a session with the read concern ``snapshot``: MongoDB answers each as of the same cluster time, over
all collections and databases, on a replica set as on a sharded cluster. It can do so for as long as it keeps history
(``minSnapshotHistoryWindowInSeconds``, five minutes unless told otherwise), and not for a collection that was made or
given an index after that time: then all of it is read anew, as of a later one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bson import Timestamp, json_util
from pymongo import ReadPreference
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import OperationFailure

from shared.backup.databases import is_record
from shared.backup.documents import BATCH_DOCUMENTS, RawClient, decoding, write
from shared.backup.folder import Collection, Database, Writing
from shared.backup.progress import Progress
from shared.errors import Unavailable

RECORD: Final = "record"
_TRIES: Final = 5
_TOO_OLD: Final = 239
_CHANGED: Final = 246  # the collection was made, or its indexes were, after the time that is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    databases: tuple[Database, ...]
    cluster_time: Timestamp


class _Changed(Exception):
    """A collection came or changed while the record was read."""


async def save_record(client: RawClient, names: Sequence[str], to: Writing, progress: Progress) -> Record:
    """Write every collection of these databases. Raises Unavailable when the server does not keep history that long."""
    for _ in range(_TRIES):
        try:
            return await _as_of_one_moment(client, names, to, progress)
        except _Changed as changed:
            progress.done(f"{changed}: the record is read anew")
            to.forget(RECORD)
        except OperationFailure as error:
            if error.code == _TOO_OLD:
                raise Unavailable(
                    "MongoDB forgot how the record was before all of it was read; let it remember for longer:"
                    " setParameter minSnapshotHistoryWindowInSeconds (seconds, on every member), then back up again"
                ) from error
            raise
    raise Unavailable(f"collections were made or changed during each of {_TRIES} tries: back up again in a moment")


async def _as_of_one_moment(client: RawClient, names: Sequence[str], to: Writing, progress: Progress) -> Record:
    before = await _collections(client, names)
    databases = []
    async with client.start_session(snapshot=True) as session:
        moment = await _moment(client, before, session)
        for name in names:
            collections = [
                await _save(client, name, options, session, to, progress) for options in before[name].values()
            ]
            databases.append(Database(name=name, collections=tuple(collections)))
    if await _collections(client, names) != before:
        raise _Changed("a collection was made meanwhile")
    return Record(databases=tuple(databases), cluster_time=moment)


async def _collections(client: RawClient, names: Sequence[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return, by database and name, what each collection is made with."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name in names:
        async with await decoding(client, name).list_collections(filter={"type": "collection"}) as cursor:
            rows = [dict(row) async for row in cursor]
        ours = [row for row in rows if is_record(row["name"])]
        found[name] = {row["name"]: row for row in sorted(ours, key=lambda row: str(row["name"]))}
    return found


async def _moment(
    client: RawClient, collections: dict[str, dict[str, dict[str, Any]]], session: AsyncClientSession
) -> Timestamp:
    """Begin the session's snapshot and return its time, of the primary: what a relay has published is in it."""
    database, collection = next(((name, one) for name, all_ in collections.items() for one in all_), ("admin", "none"))
    command = {"find": collection, "limit": 1, "singleBatch": True, "projection": {"_id": 1}}
    answer: Any = await decoding(client, database).command(
        command, session=session, read_preference=ReadPreference.PRIMARY
    )
    time: Timestamp = answer["cursor"]["atClusterTime"]
    return time


async def _save(
    client: RawClient,
    database: str,
    made_with: dict[str, Any],
    session: AsyncClientSession,
    to: Writing,
    progress: Progress,
) -> Collection:
    name = made_with["name"]
    collection = client[database].get_collection(name, read_preference=ReadPreference.PRIMARY)
    data, metadata = (f"{RECORD}/{database}/{name}.{kind}.gz" for kind in ("bson", "metadata.json"))
    async with await decoding(client, database)[name].list_indexes() as cursor:
        indexes = [dict(index) async for index in cursor]
    described = {"options": made_with.get("options", {}), "indexes": indexes, "collectionName": name}
    with to.file(metadata) as file:
        file.write(json_util.dumps(described, json_options=json_util.CANONICAL_JSON_OPTIONS).encode())
    count = 0
    try:
        with to.file(data) as file:
            async for document in collection.find({}, sort=[("_id", 1)], batch_size=BATCH_DOCUMENTS, session=session):
                write(file, document)
                count += 1
                progress.at(f"{database}.{name}", count)
    except OperationFailure as error:
        if error.code == _CHANGED:
            raise _Changed(f"{database}.{name} was made or changed meanwhile") from error
        raise
    told = to.told(data)
    progress.done(f"{database}.{name}: {count:,} documents, {told.bytes:,} bytes packed")
    return Collection(name=name, documents=count, data=told, metadata=to.told(metadata))
