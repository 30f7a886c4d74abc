"""The folder in which a replica keeps its indexes: the one that serves, and the next one while it is being made.

``CURRENT`` names the serving one and is replaced in one step, so a crash leaves either the old or the new.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from services.search.index import IndexBroken, SearchIndex
from shared.ids import new_id

_CURRENT: Final = "CURRENT"
_LOCK: Final = "LOCK"


class ShelfTaken(Exception):
    """Another process keeps its index here; every replica needs a folder of its own (``INDEX_DIR``)."""


class Shelf:
    """The folder of one replica, locked for as long as this object is open."""

    def __init__(self, root: Path, open_index: Callable[[Path], SearchIndex]) -> None:
        self.root = root
        self._open_index = open_index
        root.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(root / _LOCK)

    def current(self) -> SearchIndex:
        """Open the serving index; raises IndexBroken with the reason when there is none that can serve."""
        try:
            name = (self.root / _CURRENT).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise IndexBroken("there is no index yet") from error
        folder = self.root / Path(name).name
        if not (folder / "meta.json").exists():
            raise IndexBroken("the folder of the index is gone")
        index = self._open_index(folder)
        if not index.snapshot.position.sequence:
            index.close()
            raise IndexBroken("the index is empty")
        return index

    def new(self) -> SearchIndex:
        """Make an empty index beside the serving one; raises IndexBroken when the disk refuses."""
        return self._open_index(self.root / f"index-{new_id()}")

    def choose(self, index: SearchIndex) -> None:
        """Make an index the one that serves, from now on and after a restart."""
        part = self.root / f"{_CURRENT}.part"
        with part.open("w") as out:
            out.write(index.folder.name)
            out.flush()
            os.fsync(out.fileno())
        part.replace(self.root / _CURRENT)

    def clear(self, *keep: SearchIndex) -> None:
        """Remove every index but these."""
        kept = {index.folder for index in keep}
        for folder in self.root.glob("index-*"):
            if folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Let another process have the folder."""
        self._lock.close()


def _locked(path: Path) -> IO[bytes]:
    lock = path.open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        with contextlib.suppress(OSError):
            lock.close()
        raise ShelfTaken(f"{path.parent} is in use by another process; give this one another INDEX_DIR") from error
    return lock
