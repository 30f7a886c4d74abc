"""Files beside a contribution: taken in as a stream, checked by what they are, described, let go, read again."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO

from services.submissions.domain.attachments import Allowance, Attachment, safe_name
from services.submissions.domain.contribution import Contribution
from services.submissions.domain.signatures import identify
from services.submissions.domain.state import WrongState
from services.submissions.reading.media_types import READABLE
from services.submissions.records import Records
from shared.errors import NotFound
from shared.http.etag import require_version
from shared.ids import new_id
from shared.store.outbox import Transaction

IN_MEMORY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that is stored and not yet anybody's. ``digest`` is its SHA-256."""

    attachment: Attachment
    digest: bytes


async def check_may_attach(records: Records, contribution_id: str, *, person_id: str) -> int:
    """Return how many bytes the next file may have; refuses before a byte is read."""
    contribution = await records.contributions.of(person_id, contribution_id)
    if not contribution.is_editable:
        raise WrongState(
            f"A contribution that is {contribution.state.value} takes no files.",
            extra={"state": contribution.state.value},
        )
    return records.settings.allowance.room(contribution.attachments)


async def receive(
    records: Records,
    contribution_id: str,
    stream: AsyncIterator[bytes],
    *,
    room: int,
    name: str,
    alt_text: str | None,
    licence: str | None,
) -> Upload:
    """Take a file in, find out what it is, and store its bytes; it is loose until ``attach`` commits.

    Raises TooLarge as soon as it is, UnsupportedMedia with the reason.
    """
    with _scratch() as file:
        size, digest = await _take_in(stream, file, room, records.settings.allowance)
        media_type = await asyncio.to_thread(identify, file, name)
        now = records.store.clock()
        attachment = Attachment(
            id=new_id(),
            name=safe_name(name, media_type),
            media_type=media_type,
            bytes=size,
            sha256=digest.hex(),
            alt_text=alt_text,
            licence=licence,
            uploaded_at=now,
        )
        await records.files.take_in(attachment.id, contribution_id, now)
        file.seek(0)
        await records.files.storage.write(attachment.id, file)
        await _read(records, attachment, file)
    return Upload(attachment=attachment, digest=digest)


async def attach(
    tx: Transaction, records: Records, contribution_id: str, upload: Upload, *, person_id: str
) -> Contribution:
    """Give a stored file to the working version."""
    before = await records.contributions.of(person_id, contribution_id, tx.session)
    allowance = records.settings.allowance
    room = allowance.room(before.attachments)
    if upload.attachment.bytes > room:  # another file was quicker
        raise allowance.refuse(room)
    after = before.with_attachments(tx.now, (*before.attachments, upload.attachment))
    await records.files.attached(tx, upload.attachment.id)
    return await records.contributions.put(tx, before, after)


async def describe(
    tx: Transaction,
    records: Records,
    contribution_id: str,
    attachment_id: str,
    changes: dict[str, str | None],
    *,
    person_id: str,
    seen: int,
) -> Contribution:
    """Change the name, alternative text or licence of a file of the working version."""
    before = await records.contributions.of(person_id, contribution_id, tx.session)
    require_version(seen, before.revision)
    present = find(before, attachment_id)
    if (name := changes.get("name")) is not None:
        changes = changes | {"name": safe_name(name, present.media_type)}
    described = replace(present, **changes)  # type: ignore[arg-type]  # the route lets only these three through
    files = tuple(described if one.id == attachment_id else one for one in before.attachments)
    return await records.contributions.put(tx, before, before.with_attachments(tx.now, files))


async def detach(
    tx: Transaction, records: Records, contribution_id: str, attachment_id: str, *, person_id: str, seen: int
) -> Contribution:
    """Take a file out of the working version; what was submitted or published with it keeps it."""
    before = await records.contributions.of(person_id, contribution_id, tx.session)
    require_version(seen, before.revision)
    find(before, attachment_id)
    files = tuple(one for one in before.attachments if one.id != attachment_id)
    await records.files.let_go(tx, contribution_id, attachment_id)
    return await records.contributions.put(tx, before, before.with_attachments(tx.now, files))


def find(contribution: Contribution, attachment_id: str) -> Attachment:
    """Return a file of the working version; raises NotFound."""
    for attachment in contribution.attachments:
        if attachment.id == attachment_id:
            return attachment
    raise NotFound("There is no such file.")


async def _take_in(stream: AsyncIterator[bytes], file: IO[bytes], room: int, allowance: Allowance) -> tuple[int, bytes]:
    digest = hashlib.sha256()
    size = 0
    async for piece in stream:
        size += len(piece)
        if size > room:
            raise allowance.refuse(room)
        digest.update(piece)
        file.write(piece)
    return size, digest.digest()


async def _read(records: Records, attachment: Attachment, file: IO[bytes]) -> None:
    """Keep what the file says. It goes with the file when that stays loose."""
    if attachment.media_type not in READABLE:
        return
    file.seek(0)
    if text := await records.reader.read(await asyncio.to_thread(file.read), attachment.media_type):
        await records.files.keep_text(attachment.id, text)


@contextmanager
def _scratch() -> Iterator[IO[bytes]]:
    """A file in memory that moves to the disk when it grows."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        yield file
