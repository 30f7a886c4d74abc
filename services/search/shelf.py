"""The folder in which a replica keeps its indexes: the one that serves, and the next one while it is being made.

``CURRENT`` names the serving one and is replaced in one step, so a crash leaves either the old or the new.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final, Protocol

from services.search.index import IndexBroken, SearchIndex
from shared.ids import new_id

_CURRENT: Final = "CURRENT"
_LOCK: Final = "LOCK"
_WISH: Final = "REBUILD"


class OpenIndex(Protocol):
    """Opens the index in a folder, or one of nothing; a ``fixed`` one takes no change. Raises IndexBroken."""

    def __call__(self, folder: Path | None, *, fixed: bool = False) -> SearchIndex: ...


class ShelfTaken(Exception):
    """Another process keeps its index here; every replica needs a folder of its own (``INDEX_DIR``)."""


class Shelf:
    """The folder of one replica, locked for as long as this object is open."""

    def __init__(self, root: Path, open_index: OpenIndex) -> None:
        self.root = root
        self._open_index = open_index
        self._lock: IO[bytes] | None = None
        self._mirror: TemporaryDirectory[str] | None = None
        self._take()

    def current(self) -> SearchIndex:
        """Open the serving index; raises IndexBroken with the reason when there is none that can serve."""
        folder = current_folder(self.root)
        index = self._open_index(folder) if os.access(folder, os.W_OK) else self._mirrored(folder)
        if not index.snapshot.position.sequence:
            index.close()
            raise IndexBroken("the index is empty")
        return index

    def new(self) -> SearchIndex:
        """Make an empty index beside the serving one; raises IndexBroken when the disk refuses."""
        self._take()
        if self._lock is None:
            raise IndexBroken(f"{self.root} takes nothing")
        return self._open_index(self.root / f"index-{new_id()}")

    def _mirrored(self, folder: Path) -> SearchIndex:
        """Open an index on a disk for reading only: where it is kept the library cannot lock, elsewhere it can.

        What never changes is linked to, and the index takes no change.
        """
        try:
            self._mirror = TemporaryDirectory(prefix="search-index-")
            mirror = Path(self._mirror.name)
            for file in folder.iterdir():
                if file.suffix == ".json":
                    shutil.copyfile(file, mirror / file.name)
                elif file.suffix != ".lock":
                    (mirror / file.name).symlink_to(file.resolve())
        except OSError as error:
            raise IndexBroken(f"{folder} is for reading only, and so is everything else: {error}") from error
        return self._open_index(mirror, fixed=True)

    def nothing(self) -> SearchIndex:
        """Return an empty index on no disk."""
        return self._open_index(None)

    def choose(self, index: SearchIndex) -> None:
        """Make an index the one that serves, from now on and after a restart; raises IndexBroken."""
        part = self.root / f"{_CURRENT}.part"
        try:
            with part.open("w") as out:
                out.write(index.folder.name if index.folder else "")
                out.flush()
                os.fsync(out.fileno())
            part.replace(self.root / _CURRENT)
        except OSError as error:
            raise IndexBroken(f"the index cannot be chosen: {error}") from error

    def take_wish(self) -> bool:
        """Return whether somebody asked for another index, and forget it."""
        try:
            (self.root / _WISH).unlink()
        except OSError:
            return False
        return True

    def clear(self, *keep: SearchIndex) -> None:
        """Remove every index but these."""
        kept = {index.folder for index in keep}
        for folder in self.root.glob("index-*"):
            if folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Let another process have the folder."""
        if self._lock is not None:
            self._lock.close()
        if self._mirror is not None:
            self._mirror.cleanup()

    def _take(self) -> None:
        """Lock the folder, unless it is locked or takes nothing; raises ShelfTaken."""
        if self._lock is None:
            with contextlib.suppress(OSError):
                self.root.mkdir(parents=True, exist_ok=True)
                self._lock = _locked(self.root / _LOCK)


def current_folder(root: Path) -> Path:
    """Return the folder of the serving index; raises IndexBroken when there is none."""
    try:
        name = (root / _CURRENT).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise IndexBroken("there is no index yet") from error
    folder = root / Path(name).name
    if not (folder / "meta.json").exists():
        raise IndexBroken("the folder of the index is gone")
    return folder


def ask_for_new(root: Path) -> None:
    """Ask the replica that serves from a folder to build another index. Raises OSError."""
    (root / _WISH).touch()


def _locked(path: Path) -> IO[bytes]:
    try:
        lock: IO[bytes] = path.open("ab")
    except OSError:
        if not path.exists():
            raise
        lock = path.open("rb")  # on a disk for reading only
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        with contextlib.suppress(OSError):
            lock.close()
        raise ShelfTaken(f"{path.parent} is in use by another process; give this one another INDEX_DIR") from error
    return lock
