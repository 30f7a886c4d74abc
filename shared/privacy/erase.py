"""Taking a person out of a database: every document of every collection is looked at, whatever service it is of.

A document that is theirs alone (``_id`` or ``person_id`` is the person) is deleted. Any other stays and names the
pseudonym. Each is changed in a transaction of its own that reads it again, so nothing that is written meanwhile is
lost, and all of it may be done twice or be stopped in the middle.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final, cast

from bson import CodecOptions, decode
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from shared.privacy.person import Person

ERASURES: Final = "erasures"  # what is still to be erased, and what was: see shared.privacy.listen
CHUNKS: Final = ".chunks"  # the bytes of files, which nobody looks into
_RAW: Final[CodecOptions[Any]] = CodecOptions(document_class=RawBSONDocument, tz_aware=True)

Database = AsyncDatabase[dict[str, Any]]


async def collections_of(db: Database) -> list[str]:
    """Return the names of the collections that may hold a person, in order."""
    names = await db.list_collection_names(filter={"type": "collection"})
    return sorted(name for name in names if not name.startswith("system.") and not name.endswith(CHUNKS))


async def documents_with(db: Database, collection: str, person: Person) -> AsyncIterator[dict[str, Any]]:
    """Yield the documents of a collection that name the person."""
    rows = cast("AsyncCollection[RawBSONDocument]", db.get_collection(collection, codec_options=_RAW))
    decoded: CodecOptions[dict[str, Any]] = CodecOptions(document_class=dict, tz_aware=True)
    async for raw in rows.find({}):
        if not person.may_be_in(bytes(raw.raw)):
            continue
        document = decode(raw.raw, decoded)
        if person.owns(document) or person.is_in(document):
            yield document


async def erase_from(db: Database, person: Person) -> dict[str, int]:
    """Take the person out of a database; returns how many documents of which collection were deleted or changed."""
    counts: dict[str, int] = {}
    for collection in await collections_of(db):
        if collection == ERASURES:
            continue
        ids = [document["_id"] async for document in documents_with(db, collection, person)]
        for identifier in ids:
            await _erase(db, collection, identifier, person)
        if ids:
            counts[collection] = len(ids)
    return counts


async def _erase(db: Database, collection: str, identifier: Any, person: Person) -> None:
    client: AsyncMongoClient[dict[str, Any]] = db.client
    rows = db[collection]

    async def act(session: AsyncClientSession) -> None:
        document = await rows.find_one({"_id": identifier}, session=session)
        if document is None:
            return
        if person.owns(document):
            await rows.delete_one({"_id": identifier}, session=session)
            return
        cleaned = person.without(document)
        if cleaned["_id"] != identifier:  # a key that holds the person
            await rows.delete_one({"_id": identifier}, session=session)
            await rows.replace_one({"_id": cleaned["_id"]}, cleaned, upsert=True, session=session)
        elif cleaned != document:
            await rows.replace_one({"_id": identifier}, cleaned, session=session)

    async with client.start_session() as session:
        await session.with_transaction(act, write_concern=WriteConcern("majority"))
