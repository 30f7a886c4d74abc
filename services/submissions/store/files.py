"""The bytes of attachments, in GridFS: streamed in and out in pieces, found by the attachment's id.

A file gets a loose row before its first byte and loses it in the transaction that gives it to a contribution; it
gets one again when the contribution lets it go. The cleaner takes away what stayed loose: a crash at any point
leaves bytes that are found and removed, never bytes that nobody knows of.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import IO, Any, Protocol

from gridfs import AsyncGridFSBucket, NoFile
from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.submissions.documents import Document
from shared.errors import Conflict, NotFound
from shared.store.outbox import Transaction

BUCKET = "attachments"
LOOSE = "loose_files"
TEXTS = "attachment_texts"
CHUNK_BYTES = 255 * 1024


class FileStorage(Protocol):
    """Where attachments' bytes are kept; another kind of storage has to keep these promises."""

    async def write(self, file_id: str, file: IO[bytes]) -> None:
        """Store the file whole under its id, or raise and leave something that ``erase`` can remove."""

    def read(self, file_id: str, start: int, length: int) -> AsyncIterator[bytes]:
        """Yield ``length`` bytes from ``start`` on, in pieces; raises NotFound before the first one."""

    async def erase(self, file_id: str) -> None:
        """Remove the file and everything left of it; no error if there is nothing."""


class GridFsStorage:
    """Files in the service's own database."""

    def __init__(self, db: AsyncDatabase[Document]) -> None:
        self._bucket = AsyncGridFSBucket(db, bucket_name=BUCKET, chunk_size_bytes=CHUNK_BYTES)
        self._chunks = db[f"{BUCKET}.chunks"]

    async def write(self, file_id: str, file: IO[bytes]) -> None:
        await self._bucket.upload_from_stream_with_id(file_id, file_id, file)

    async def read(self, file_id: str, start: int, length: int) -> AsyncIterator[bytes]:
        try:
            stream = await self._bucket.open_download_stream(file_id)
        except NoFile as error:
            raise NotFound("There is no such file.") from error
        try:
            await stream.seek(start)
            left = length
            while left > 0 and (piece := await stream.readchunk()):
                yield piece[:left]
                left -= len(piece)
        finally:
            await stream.close()

    async def erase(self, file_id: str) -> None:
        try:
            await self._bucket.delete(file_id)
        except NoFile:
            await self._chunks.delete_many({"files_id": file_id})


class Files:
    """The files and the rows of those that belong to nobody just now."""

    def __init__(self, db: AsyncDatabase[Document], storage: FileStorage | None = None) -> None:
        self.storage: FileStorage = storage or GridFsStorage(db)
        self._loose = db[LOOSE]
        self._texts = db[TEXTS]

    async def make_indexes(self) -> None:
        """Safe to repeat."""
        await self._loose.create_indexes([IndexModel([("since", ASCENDING)], name="by_age")])

    async def take_in(self, file_id: str, contribution_id: str, now: datetime) -> None:
        """Note that bytes of this file may be there from now on."""
        await self._loose.insert_one({"_id": file_id, "contribution_id": contribution_id, "since": now})

    async def attached(self, tx: Transaction, file_id: str) -> None:
        """It belongs to its contribution now; raises Conflict if the cleaner has given it up meanwhile."""
        outcome = await self._loose.delete_one({"_id": file_id, "condemned": {"$exists": False}}, session=tx.session)
        if not outcome.deleted_count:
            raise Conflict("The upload took too long. Send the file again.")

    async def keep_text(self, file_id: str, text: str) -> None:
        """Keep what a file says in plain text, for when it is published."""
        await self._texts.replace_one({"_id": file_id}, {"text": text}, upsert=True)

    async def texts(self, file_ids: Sequence[str], session: AsyncClientSession) -> list[str]:
        """Return what these files say, in their order, of those that say something."""
        found = {row["_id"]: row["text"] async for row in self._texts.find({"_id": {"$in": file_ids}}, session=session)}
        return [found[file_id] for file_id in file_ids if file_id in found]

    async def let_go(self, tx: Transaction, contribution_id: str, *file_ids: str) -> None:
        """The contribution no longer shows these; whether a snapshot still does is the cleaner's to find out."""
        for file_id in file_ids:
            await self._loose.replace_one(
                {"_id": file_id},
                {"contribution_id": contribution_id, "since": tx.now},
                upsert=True,
                session=tx.session,
            )

    async def loose(self, before: datetime, limit: int = 100) -> list[dict[str, Any]]:
        """Return the rows (``_id``, ``contribution_id``) of files that have been loose for longer than that."""
        return await self._loose.find({"since": {"$lt": before}}).limit(limit).to_list(None)

    async def condemn(self, file_id: str) -> None:
        """From now on nobody may attach it, so it can be erased without a race."""
        await self._loose.update_one({"_id": file_id}, {"$set": {"condemned": True}})

    async def erase(self, file_id: str) -> None:
        """Remove the file and what it says; no error if there is nothing."""
        await self.storage.erase(file_id)
        await self._texts.delete_one({"_id": file_id})

    async def settle(self, file_id: str) -> None:
        """Forget that it was loose: it is gone, or still in use. One that was let go since it was condemned stays."""
        await self._loose.delete_one({"_id": file_id, "condemned": True})
