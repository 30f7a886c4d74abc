"""Documents in a file, one after the other as BSON, just as MongoDB has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final, cast

from bson import CodecOptions, encode
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from shared.backup.folder import File, unpacked
from shared.errors import Invalid
from shared.store.client import HEARTBEAT_MILLISECONDS, SERVER_SELECTION_MILLISECONDS

BATCH_DOCUMENTS: Final = 1_000
BATCH_BYTES: Final = 8_000_000
_LENGTH_BYTES: Final = 4

RawClient = AsyncMongoClient[RawBSONDocument]


def raw_client(url: str) -> RawClient:
    """Return a client that neither decodes nor changes a byte."""
    return AsyncMongoClient(
        url,
        document_class=RawBSONDocument,
        appname="backup",
        tz_aware=True,
        serverSelectionTimeoutMS=SERVER_SELECTION_MILLISECONDS,
        heartbeatFrequencyMS=HEARTBEAT_MILLISECONDS,
    )


def decoding(client: RawClient, database: str) -> AsyncDatabase[dict[str, Any]]:
    """Return a database of the client for looking at what it has, not for copying it."""
    options: CodecOptions[dict[str, Any]] = CodecOptions(document_class=dict, tz_aware=True)
    return cast("AsyncDatabase[dict[str, Any]]", client.get_database(database, codec_options=options))


def documents(folder: Path, file: File) -> Iterator[RawBSONDocument]:
    """Read them one by one. Raises Invalid when the file ends within one."""
    with unpacked(folder, file) as opened:
        while (head := opened.read(_LENGTH_BYTES)) != b"":
            length = int.from_bytes(head, "little")
            raw = head + opened.read(length - _LENGTH_BYTES)
            if len(raw) != length:
                raise Invalid(f"{file.path} ends within a document")
            yield RawBSONDocument(raw)


def batches(folder: Path, file: File) -> Iterator[list[RawBSONDocument]]:
    """Read them in batches that a server takes at once."""
    batch: list[RawBSONDocument] = []
    size = 0
    for document in documents(folder, file):
        batch.append(document)
        size += size_of(document)
        if len(batch) >= BATCH_DOCUMENTS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def write(to: IO[bytes], document: RawBSONDocument) -> None:
    to.write(document.raw)


def key_of(document: Mapping[str, Any]) -> bytes:
    """Return its ``_id`` as bytes that no other has."""
    return encode({"_id": document["_id"]})


def size_of(document: RawBSONDocument) -> int:
    return len(document.raw)
