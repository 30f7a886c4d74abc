"""Which databases an installation has: one a service, by the name that its settings give it unless told otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.backup.documents import RawClient
from shared.bus.refill import PUBLISHED_INTO
from shared.errors import NotFound

SERVICES: Final = ("submissions", "review", "search", "notifications", "syndication", "web")
DATABASES: Final = tuple(f"practice_exchange_{service}" for service in SERVICES)
SERVERS_PREFIX: Final = "system."  # of collections that belong to the server


def is_record(collection: str) -> bool:
    """Whether a collection is to be backed up: it is the service's own, and tells of more than this installation.

    Which stream was published into is true of this one alone: where it was restored, the relay would take the new
    streams for ones that were lost, and publish all of the outbox into them again.
    """
    return not collection.startswith(SERVERS_PREFIX) and collection != PUBLISHED_INTO


async def found(client: RawClient, named: Sequence[str] | None) -> tuple[str, ...]:
    """Return those to back up: the named ones, each of which has to be there, else all that are of the usual name.

    Raises NotFound.
    """
    there = set(await client.list_database_names())
    if named:
        if missing := [name for name in named if name not in there]:
            raise NotFound(f"there is no database {', '.join(missing)}")
        return tuple(dict.fromkeys(named))
    usual = tuple(name for name in DATABASES if name in there)
    if not usual:
        raise NotFound(f"none of the databases {', '.join(DATABASES)} is there; --databases names others")
    return usual


async def holding(client: RawClient, names: Sequence[str]) -> list[str]:
    """Return which collections of these databases hold a document, as ``database.collection``."""
    return [
        f"{name}.{collection}"
        for name in names
        for collection in sorted(await client[name].list_collection_names())
        if not collection.startswith(SERVERS_PREFIX) and await client[name][collection].find_one({}, {"_id": 1})
    ]
