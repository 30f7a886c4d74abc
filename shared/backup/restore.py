"""Restoring a backup into an installation that is empty, with no service running yet."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nats.aio.client import Client

from shared.backup.databases import DATABASES, holding
from shared.backup.documents import RawClient, decoding
from shared.backup.folder import Manifest, whole
from shared.backup.progress import Progress
from shared.backup.restore_record import restore_record
from shared.backup.restore_streams import holding as streams_holding
from shared.backup.restore_streams import restore_streams
from shared.bus.reconcile import reconcile
from shared.clock import utc_now
from shared.errors import Conflict
from shared.store.outbox import OUTBOX

MARKS: Final = ("practice_exchange_restore", "unfinished")  # a database and collection that is there meanwhile
_SHOWN: Final = 5


async def restore(
    client: RawClient, connection: Client, folder: Path, *, replicas: int, progress: Progress
) -> Manifest:
    """Write a backup into empty databases and streams. Raises Invalid when it is damaged, before anything is written.

    Raises Conflict when the installation holds something, or when an earlier restore did not come to its end.
    """
    manifest = whole(folder)
    progress.done(f"the backup of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC is whole")
    js = connection.jetstream(timeout=10)
    marks = decoding(client, MARKS[0])[MARKS[1]]
    if mark := await marks.find_one():
        raise Conflict(
            f"a restore of {mark['backup']}, begun {mark['at']:%Y-%m-%d %H:%M} UTC, did not come to its end and left"
            f" parts: drop the database {MARKS[0]} and those of the services, delete the streams, then restore again"
        )
    names = tuple(dict.fromkeys((*DATABASES, *(database.name for database in manifest.databases))))
    if held := [*await holding(client, names), *await streams_holding(js)]:
        more = f" and {len(held) - _SHOWN} more" if len(held) > _SHOWN else ""
        raise Conflict(
            f"this installation is not empty: {', '.join(held[:_SHOWN])}{more}. A restore overwrites nothing: stop the"
            " services, drop these databases and delete these streams, or restore elsewhere"
        )
    await marks.insert_one({"backup": manifest.id, "at": utc_now()})
    await restore_record(client, folder, manifest.databases, progress)
    await restore_streams(js, folder, manifest, progress, replicas=replicas)
    for database in manifest.databases:
        if any(collection.name == OUTBOX for collection in database.collections):
            done = await reconcile(decoding(client, database.name), js, repair=True)
            progress.done(
                f"{database.name}: {done.rows:,} events looked at, {done.missing_events:,} that came while it was"
                f" backed up and {done.missing_snapshots:,} catalogue snapshots published again"
            )
    await client.drop_database(MARKS[0])
    return manifest
