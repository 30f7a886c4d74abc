"""Migrations: bringing what a service keeps from the form of the release before to that of this one.

A service lists its migrations in ``migrations.py``, numbered from 1 without a gap, and ``migrate`` runs at its start
those that its database has not had. Each says which documents of which collection have the old form and how one of them
is changed; it is done when none is left. So it is safe to stop in the middle and to run twice: what was changed has the
new form and is passed over, and every write holds only while its document still has the old one. How far a migration
is stands in the collection ``migrations``.

Replicas of the release before may run on meanwhile and write the old form. A release therefore reads both, and the one
after it may drop the old form: its replicas start when nobody writes that any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.errors import ConfigurationError
from structlog.typing import FilteringBoundLogger

from shared.store.client import Document, Store
from shared.store.lease import Lease

MIGRATIONS: Final = "migrations"
BATCH: Final = 500
_WAIT_SECONDS: Final = 0.5

Change = Callable[[Document], Mapping[str, Any]]


class MigrationLost(Exception):
    """Another replica took the work over; it goes on where this one was."""


class RecordIsNewer(ConfigurationError):
    """A later release has changed the database; this one would not understand it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step. ``old`` is a query for the documents that have the old form, ``change`` gives the update for one.

    What ``change`` gives makes ``old`` match no longer. It knows nothing but the document, and may be asked twice.
    """

    number: int
    name: str
    collection: str
    old: Mapping[str, Any]
    change: Change


async def migrate(
    store: Store, migrations: Sequence[Migration], log: FilteringBoundLogger, *, batch: int = BATCH
) -> None:
    """Run what is due, one replica at a time; return when all is done, whoever did it.

    Raises RecordIsNewer when the database has had a migration that is not listed, ValueError when the numbers of
    ``migrations`` are not 1, 2, 3, ...
    """
    if [one.number for one in migrations] != list(range(1, len(migrations) + 1)):
        raise ValueError("migrations are numbered from 1 without a gap")
    rows = store.db[MIGRATIONS]
    newest = await rows.find_one({}, sort=[("_id", -1)])
    if newest and newest["_id"] > len(migrations):
        raise RecordIsNewer(
            f"the database {store.db.name} was changed by a later release (migration {newest['_id']},"
            f" {newest['name']}): start that release, or restore a backup from before it"
        )
    lease = Lease(store, "migrations")
    while due := await _due(store, migrations):
        if not await lease.take():
            await asyncio.sleep(_WAIT_SECONDS)
            continue
        try:
            for migration in due:
                await _run(store, migration, lease, log, batch)
        except MigrationLost:
            log.warning("a migration goes on elsewhere")
        finally:
            await lease.release()


async def _due(store: Store, migrations: Sequence[Migration]) -> list[Migration]:
    done = {row["_id"] async for row in store.db[MIGRATIONS].find({"done_at": {"$exists": True}}, {"_id": 1})}
    return [migration for migration in migrations if migration.number not in done]


async def _run(store: Store, migration: Migration, lease: Lease, log: FilteringBoundLogger, batch: int) -> None:
    rows = store.db[MIGRATIONS]
    begun = {"name": migration.name, "begun_at": store.clock()}
    await rows.update_one({"_id": migration.number}, {"$setOnInsert": begun}, upsert=True)
    total = 0
    while changed := await _batch(store, migration, batch):
        total += changed
        await rows.update_one({"_id": migration.number}, {"$inc": {"changed": changed}})
        log.info("migration goes on", migration=migration.name, number=migration.number, changed=total)
        if not await lease.take():
            raise MigrationLost
    await rows.update_one({"_id": migration.number}, {"$set": {"done_at": store.clock()}})
    if total:
        log.info("migration is done", migration=migration.name, number=migration.number, changed=total)


async def _batch(store: Store, migration: Migration, size: int) -> int:
    """Change some documents; returns how many, nothing when none has the old form."""
    collection = store.db[migration.collection]
    old = dict(migration.old)
    documents = await collection.find(old).sort("_id", 1).limit(size).to_list(None)
    if not documents:
        return 0
    changes = [UpdateOne({"$and": [{"_id": one["_id"]}, old]}, dict(migration.change(one))) for one in documents]
    await collection.bulk_write(changes, ordered=False)
    same = {"$and": [{"_id": {"$in": [one["_id"] for one in documents]}}, old]}
    if await collection.count_documents(same) == len(documents):
        raise RuntimeError(f"migration {migration.number} leaves documents in their old form: {migration.name}")
    return len(documents)
