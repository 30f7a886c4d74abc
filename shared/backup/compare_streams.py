"""Comparing streams with a backup: its events in their order, what the outboxes say, the catalogue, dead letters."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bson.raw_bson import RawBSONDocument
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared.backup.documents import documents
from shared.backup.folder import Durable, Manifest
from shared.backup.progress import Progress
from shared.backup.restore_streams import done_with, restored_id
from shared.backup.save_streams import MESSAGE_ID
from shared.bus.reading import StoredStream
from shared.bus.topology import CATALOGUE, DEAD_LETTERS, EVENTS, PUBLIC, PUBLIC_SUBJECTS
from shared.store.outbox import OUTBOX

_NAMED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """One message: ``digest`` is of its bytes, ``place`` its number from the beginning of the stream."""

    place: int
    subject: str
    digest: bytes
    version: int


async def compare_streams(connection: Client, folder: Path, manifest: Manifest, progress: Progress) -> list[str]:
    """List in words what is missing or not the same; empty when nothing is. More may be there: what was said since."""
    try:
        events = await _by_id(connection, EVENTS)
        public = await _by_id(connection, PUBLIC)
        catalogue = {one.subject: one async for _, one in _held(connection, CATALOGUE)}
        letters = await _letters(connection)
        durables = await _done(connection, manifest)
    except NotFoundError as error:
        return [f"{error.description}: a stream or a durable is missing"]
    found = {
        EVENTS: [*_told(events, folder, manifest), *_from_outboxes(events, folder, manifest)],
        PUBLIC: _filled(public, events),
        CATALOGUE: _latest(catalogue, folder, manifest),
        DEAD_LETTERS: _buried(letters, folder, manifest),
        "durables": durables_behind(durables, done_with(manifest, folder), manifest.durables),
    }
    for name, wrong in found.items():
        progress.done(f"{name}: {'as in the backup' if not wrong else 'DIFFERS'}")
    return [
        line
        for name, wrong in found.items()
        for line in (
            *(f"{name}: {words}" for words in wrong[:_NAMED]),
            *([f"{name}: {len(wrong) - _NAMED:,} more differences"] if len(wrong) > _NAMED else []),
        )
    ]


async def _held(connection: Client, name: str) -> AsyncIterator[tuple[str, _Held]]:
    stream = StoredStream(connection, name)
    last, sequence, place = (await stream.head()).last, 0, 0
    while sequence < last and (messages := await stream.after(sequence)):
        for message in messages:
            version = message.headers.get("aggregateversion", "0")
            yield (
                message.headers.get(MESSAGE_ID, ""),
                _Held(
                    place=place,
                    subject=message.subject,
                    digest=_digest(message.body),
                    version=int(version) if version.isdecimal() else 0,
                ),
            )
            place += 1
        sequence = messages[-1].sequence


async def _by_id(connection: Client, name: str) -> dict[str, _Held]:
    """Return the messages by their id, each as it was first."""
    found: dict[str, _Held] = {}
    async for identifier, one in _held(connection, name):
        found.setdefault(identifier, one)
    return found


async def _letters(connection: Client) -> Counter[tuple[str, bytes]]:
    stream = StoredStream(connection, DEAD_LETTERS)
    last, sequence = (await stream.head()).last, 0
    found: Counter[tuple[str, bytes]] = Counter()
    while sequence < last and (messages := await stream.after(sequence)):
        found.update((one.subject, _letter(one.headers, one.body)) for one in messages)
        sequence = messages[-1].sequence
    return found


def _told(events: Mapping[str, _Held], folder: Path, manifest: Manifest) -> Iterator[str]:
    """Every event of the backup is there with its bytes, in the order that it had."""
    before = -1
    seen: set[str] = set()
    for row in _rows(folder, manifest, EVENTS):
        identifier = restored_id(row["headers"].get(MESSAGE_ID, ""), manifest.id)
        if identifier in seen:
            continue
        seen.add(identifier)
        here = events.get(identifier)
        if here is None:
            yield f"{identifier} ({row['subject']}) is missing"
        elif here.digest != _digest(bytes(row["body"])) or here.subject != row["subject"]:
            yield f"{identifier} ({row['subject']}) is not the same"
        elif here.place < before:
            yield f"{identifier} ({row['subject']}) stands before an event that it came after"
        else:
            before = here.place


def _from_outboxes(events: Mapping[str, _Held], folder: Path, manifest: Manifest) -> Iterator[str]:
    """Every event that the record has as published is there with its bytes."""
    for row in outbox_rows(folder, manifest, EVENTS):
        here = events.get(row["_id"]) or events.get(f"{row['_id']}:again")
        if here is None:
            yield f"{row['_id']} of {row['aggregate']} is in the outbox and not in the stream"
        elif here.digest != _digest(bytes(row["body"])):
            yield f"{row['_id']} of {row['aggregate']} is not as in the outbox"


def _filled(public: Mapping[str, _Held], events: Mapping[str, _Held]) -> list[str]:
    family = PUBLIC_SUBJECTS.removesuffix(">")
    wanted = {identifier: one for identifier, one in events.items() if one.subject.startswith(family)}
    return [
        *(f"{one} is missing" for one in wanted if one not in public),
        *(f"{one} is not the same" for one in wanted if one in public and public[one].digest != wanted[one].digest),
        *(f"{one} is no public event of {EVENTS}" for one in public if one not in wanted),
    ]


def _latest(catalogue: Mapping[str, _Held], folder: Path, manifest: Manifest) -> list[str]:
    """The latest snapshot of every practice is there, or a later one."""
    latest: dict[str, RawBSONDocument] = {}
    for row in outbox_rows(folder, manifest, CATALOGUE):
        subject = next(target["subject"] for target in row["targets"] if target["stream"] == CATALOGUE)
        if subject not in latest or latest[subject]["version"] < row["version"]:
            latest[subject] = row
    found = []
    for subject, row in latest.items():
        here = catalogue.get(subject)
        if here is None or here.version < row["version"]:
            found.append(f"{subject} lacks the snapshot {row['version']}")
        elif here.version == row["version"] and here.digest != _digest(bytes(row["body"])):
            found.append(f"{subject} is not the same")
    return found


def _buried(letters: Counter[tuple[str, bytes]], folder: Path, manifest: Manifest) -> list[str]:
    wanted = Counter(
        (str(row["subject"]), _letter(row["headers"], bytes(row["body"])))
        for row in _rows(folder, manifest, DEAD_LETTERS)
    )
    return [f"{count} of {subject} missing or not the same" for (subject, _), count in (wanted - letters).items()]


async def _done(connection: Client, manifest: Manifest) -> dict[str, int]:
    """Return how many messages each durable is done with, counted from the first that is for it."""
    js = connection.jetstream(timeout=5)
    found = {}
    for durable in manifest.durables:
        info = await js.consumer_info(durable.stream, durable.name)
        found[durable.name] = info.ack_floor.consumer_seq if info.ack_floor else 0
    return found


def durables_behind(done: Mapping[str, int], wanted: Mapping[str, int], durables: tuple[Durable, ...]) -> list[str]:
    return [
        f"{one.name} is done with {done[one.name]:,} messages, and was with {wanted[one.name]:,}"
        for one in durables
        if done[one.name] < wanted[one.name]
    ]


def _rows(folder: Path, manifest: Manifest, stream: str) -> Iterator[RawBSONDocument]:
    for piece in manifest.pieces(stream):
        yield from documents(folder, piece.data)


def outbox_rows(folder: Path, manifest: Manifest, stream: str) -> Iterator[RawBSONDocument]:
    """Yield what the outboxes of the backup have as published on a stream."""
    for database in manifest.databases:
        for collection in database.collections:
            if collection.name != OUTBOX:
                continue
            for row in documents(folder, collection.data):
                if "pending" not in row and any(target["stream"] == stream for target in row["targets"]):
                    yield row


def _letter(headers: Mapping[str, str], body: bytes) -> bytes:
    """Digest a dead letter, without the id under which it is stored."""
    kept = sorted((name, value) for name, value in headers.items() if name != MESSAGE_ID)
    return _digest(repr(kept).encode() + body)


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
