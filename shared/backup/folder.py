"""A backup is a folder: what is in each file, how a backup becomes whole, and how it shows that it is still so.

``record/<database>/<collection>.bson.gz`` and ``.metadata.json.gz`` lie as mongodump's ``--gzip --out`` lays them.
``streams/<stream>-<piece>.bson.gz`` holds a document for each message. ``manifest.json`` names every file with its
SHA-256, and ``manifest.sha256`` the manifest. All is written beside, under ``<name>.partial``, and gets its name when
it is whole and on the disk: a folder without a manifest is no backup.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import Conflict, Invalid, NotFound

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SEAL: Final = "manifest.sha256"
_PARTIAL: Final = ".partial"
_BEGUN: Final = "unfinished"  # in a partial folder, so that nobody else's folder is taken for one
_PIECE: Final = 1 << 20
_LEVEL: Final = 3  # of gzip: texts shrink to a quarter, at several times the speed of level 9


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Part):
    """A file by its path within the backup."""

    path: str
    sha256: str
    bytes: int


class Collection(_Part):
    name: str
    documents: int
    data: File
    metadata: File


class Database(_Part):
    name: str
    collections: tuple[Collection, ...]


class Stream(_Part):
    """Messages of a stream, from ``first`` on up to ``last`` by its sequences when they were read."""

    name: str
    messages: int
    first: int
    last: int
    data: File


class Durable(_Part):
    """How far a durable was: up to the message with that ``Nats-Msg-Id``; none means that nothing was acknowledged."""

    stream: str
    config: dict[str, Any]
    after: str | None

    @property
    def name(self) -> str:
        return str(self.config["durable_name"])


class Manifest(_Part):
    """What a backup holds. The record is that of one moment, ``cluster_time`` (seconds since 1970, and a count)."""

    format: int
    id: str
    begun_at: datetime
    made_at: datetime
    cluster_time: tuple[int, int]
    databases: tuple[Database, ...]
    streams: tuple[Stream, ...]
    durables: tuple[Durable, ...]

    def files(self) -> Iterator[File]:
        for database in self.databases:
            for collection in database.collections:
                yield collection.data
                yield collection.metadata
        for stream in self.streams:
            yield stream.data

    def pieces(self, name: str) -> tuple[Stream, ...]:
        """Return what there is of a stream, in order."""
        return tuple(stream for stream in self.streams if stream.name == name)


class Writing:
    """A backup that is being written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def file(self, path: str) -> Iterator[IO[bytes]]:
        """Open a compressed file of that path; it is on the disk when the block ends."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with target.open("wb") as raw:
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=_LEVEL, mtime=0) as packed:
                yield packed  # type: ignore[misc]
            raw.flush()
            os.fsync(raw.fileno())

    def told(self, path: str) -> File:
        """Describe a file that is written."""
        target = self.folder / path
        return File(path=path, sha256=_sha256(target), bytes=target.stat().st_size)

    def forget(self, path: str) -> None:
        """Take away what lies under a path, because it is written anew."""
        shutil.rmtree(self.folder / path, ignore_errors=True)

    def seal(self, manifest: Manifest) -> None:
        text = manifest.model_dump_json(indent=1).encode() + b"\n"
        _write(self.folder / MANIFEST, text)
        _write(self.folder / SEAL, hashlib.sha256(text).hexdigest().encode() + b"\n")


@contextmanager
def writing(to: Path) -> Iterator[Writing]:
    """Write a backup that has the name ``to`` once the block has ended well; else nothing of it stays.

    What a run that was killed left under the partial name is taken away first. Raises Conflict when ``to`` is there.
    """
    if to.exists():
        raise Conflict(f"{to} is there already: name a folder that is not")
    partial = to.with_name(to.name + _PARTIAL)
    if partial.exists():
        if not (partial / _BEGUN).exists():
            raise Conflict(f"{partial} is in the way, and is no unfinished backup")
        shutil.rmtree(partial)
    partial.mkdir(parents=True, mode=0o700)  # it holds what people wrote and how to reach them
    try:
        _write(partial / _BEGUN, b"")
        yield Writing(partial)
        (partial / _BEGUN).unlink()
        for folder in (*(path for path in partial.rglob("*") if path.is_dir()), partial):
            _sync(folder)
        partial.rename(to)
        _sync(to.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def opened(folder: Path) -> Manifest:
    """Read the manifest. Raises NotFound when the folder is no backup, Invalid when the manifest is not as it was."""
    if not (folder / MANIFEST).is_file() or not (folder / SEAL).is_file():
        raise NotFound(f"{folder} is no backup: there is no {MANIFEST} with its {SEAL} in it")
    text = (folder / MANIFEST).read_bytes()
    if hashlib.sha256(text).hexdigest() != (folder / SEAL).read_text(errors="replace").strip():
        raise Invalid(f"{folder}/{MANIFEST} is not as it was written: this backup is damaged")
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise Invalid(f"{folder}/{MANIFEST} cannot be read: it is of another release") from error
    if manifest.format != FORMAT:
        raise Invalid(f"{folder} has the format {manifest.format}, and this release reads {FORMAT}")
    return manifest


def damage(folder: Path, manifest: Manifest) -> list[str]:
    """List what is wrong with the files of a backup, in words; empty when it is whole."""
    found = []
    for file in manifest.files():
        path = folder / file.path
        if not path.is_file():
            found.append(f"{file.path} is missing")
        elif _sha256(path) != file.sha256:
            found.append(f"{file.path} is not as it was written")
    return found


def whole(folder: Path) -> Manifest:
    """Return the manifest of a backup that is whole. Raises NotFound or Invalid."""
    manifest = opened(folder)
    if wrong := damage(folder, manifest):
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise Invalid(f"{folder} is damaged: {wrong[0]}{more}")
    return manifest


def unpacked(folder: Path, file: File) -> IO[bytes]:
    """Open a file of a backup for reading."""
    return gzip.open(folder / file.path, "rb")  # type: ignore[return-value]


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
