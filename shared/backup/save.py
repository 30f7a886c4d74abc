"""Backing up a running installation, in the order in which nothing can be missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nats.aio.client import Client

from shared.backup.databases import found
from shared.backup.documents import RawClient
from shared.backup.folder import FORMAT, Manifest, writing
from shared.backup.progress import Progress
from shared.backup.save_record import save_record
from shared.backup.save_streams import save_durables, save_stream
from shared.bus.topology import DEAD_LETTERS, EVENTS
from shared.clock import utc_now
from shared.ids import new_id


async def save(
    client: RawClient, connection: Client, to: Path, *, databases: Sequence[str] | None, progress: Progress
) -> Manifest:
    """Write a backup to a folder that is not there yet; nothing stays of one that does not come to its end.

    Raises Conflict when the folder is there, NotFound when the databases are not, NotFoundError when a stream is not,
    and Unavailable when the record could not be read as of one moment.
    """
    names = await found(client, databases)
    begun_at = utc_now()
    with writing(to) as partial:
        durables = await save_durables(connection)
        letters = await save_stream(connection, DEAD_LETTERS, partial, progress)
        events = await save_stream(connection, EVENTS, partial, progress)
        record = await save_record(client, names, partial, progress)
        later = await save_stream(connection, DEAD_LETTERS, partial, progress, after=letters.last, piece=2)
        manifest = Manifest(
            format=FORMAT,
            id=new_id(),
            begun_at=begun_at,
            made_at=utc_now(),
            cluster_time=(record.cluster_time.time, record.cluster_time.inc),
            databases=record.databases,
            streams=(events, letters, later),
            durables=durables,
        )
        partial.seal(manifest)
    return manifest
