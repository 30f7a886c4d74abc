"""What is held about a person, over all databases and streams: who it is, where they are named, all of it as a file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bson import json_util
from gridfs import AsyncGridFSBucket
from nats.aio.client import Client
from pymongo import AsyncMongoClient

from shared.errors import NotFound
from shared.ids import new_id
from shared.privacy.erase import Database, collections_of, documents_with
from shared.privacy.person import Person, only_of
from shared.privacy.streams import STREAMS, messages_with

PEOPLE: Final = "people"  # where services keep who has signed in
FILES: Final = ".files"

Documents = AsyncMongoClient[dict[str, Any]]


async def person_known_as(
    client: Documents, databases: Sequence[str], known: str, *, names: Sequence[str] = (), emails: Sequence[str] = ()
) -> Person:
    """Return the person of an id or a mail address, with the names and addresses that services know of them.

    Of the names that services know only full ones are taken: many people are called Anna. Raises NotFound when an
    address is nobody's. An id may be of somebody who never signed in to be known by name.
    """
    ids = {known} if "@" not in known else set[str]()
    all_names, all_emails = list[str](), list(emails)
    for name in databases:
        async for row in client[name][PEOPLE].find({}):
            address = row.get("email") or ""
            if row["_id"] == known or (address and address.casefold() == known.casefold()):
                ids.add(row["_id"])
                all_names.append(row.get("name") or "")
                all_emails.append(address)
    if len(ids) != 1:
        raise NotFound(f"{known} is the address of {'nobody who has signed in' if not ids else 'several people'}")
    identifier = ids.pop()
    async for row in _rows(client, databases, identifier):  # known by address in one service, by id in another
        all_names.append(row.get("name") or "")
        all_emails.append(row.get("email") or "")
    full_names = [name for name in all_names if " " in name.strip()]
    return Person(identifier, new_id(), _distinct([*names, *full_names]), _distinct(all_emails))


async def _rows(client: Documents, databases: Sequence[str], identifier: str) -> Any:
    for name in databases:
        if row := await client[name][PEOPLE].find_one({"_id": identifier}):
            yield row


def _distinct(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


@dataclass(slots=True)
class Found:
    """How many documents and messages name a person, by collection and stream."""

    documents: dict[str, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        yield from (f"{place}: {count:,} documents" for place, count in self.documents.items())
        yield from (f"stream {place}: {count:,} messages" for place, count in self.messages.items())


async def find(client: Documents, connection: Client, databases: Sequence[str], person: Person) -> Found:
    """Look at every document and message there is."""
    found = Found()
    for name in databases:
        for collection in await collections_of(client[name]):
            count = 0
            async for _ in documents_with(client[name], collection, person):
                count += 1
            if count:
                found.documents[f"{name}.{collection}"] = count
    for stream in STREAMS:
        count = 0
        async for _ in messages_with(connection, stream, person):
            count += 1
        if count:
            found.messages[stream] = count
    return found


async def export(client: Documents, databases: Sequence[str], person: Person, to: Path) -> Found:
    """Write a ZIP with every document that names the person, and the files that those documents hold.

    Other people in them are nobody in particular: who reviewed what is not the person's to know. Events are left
    out, since they say what the documents say. Raises FileExistsError.
    """
    found = Found()
    with _new_archive(to) as archive:
        for name in databases:
            db, texts = client[name], set[str]()
            for collection in await collections_of(db):
                if collection == "outbox":
                    continue
                rows = [only_of(row, person.person_id) async for row in documents_with(db, collection, person)]
                if rows:
                    archive.writestr(f"{name}/{collection}.json", _json(rows))
                    found.documents[f"{name}.{collection}"] = len(rows)
                    texts.update(_texts(rows))
            await _export_files(db, texts, archive, found)
        about = {"person_id": person.person_id, "names": person.names, "documents": found.documents}
        archive.writestr("about.json", _json(about))
    return found


def _new_archive(to: Path) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(to, "x", zipfile.ZIP_DEFLATED)
    to.chmod(0o600)
    return archive


async def _export_files(db: Database, texts: set[str], archive: zipfile.ZipFile, found: Found) -> None:
    """Add the files whose ids are among those texts."""
    for collection in await db.list_collection_names(filter={"type": "collection"}):
        if not collection.endswith(FILES):
            continue
        bucket = AsyncGridFSBucket(db, bucket_name=collection.removesuffix(FILES))
        async for row in db[collection].find({"_id": {"$in": sorted(texts)}}, {"filename": 1}):
            stream = await bucket.open_download_stream(row["_id"])
            archive.writestr(f"{db.name}/files/{row['_id']}", await stream.read())
            found.documents[f"{db.name}.{collection}"] = found.documents.get(f"{db.name}.{collection}", 0) + 1


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case list() | tuple():
            for inner in value:
                yield from _texts(inner)


def _json(value: Any) -> str:
    return json.dumps(json.loads(json_util.dumps(value)), ensure_ascii=False, indent=1)
