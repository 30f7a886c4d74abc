"""Small disks for the folders of a fault run, which can be filled to the brim.

Each is a file system in memory of a fixed size (tmpfs, mount(8)). It takes the right to mount; who has it not has no
faults of disks.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from shared.tasks import stopped

MEBIBYTE: Final = 1024 * 1024
SIZES: Final = {"mongod": 900, "nats": 96, "index": 48}  # mebibytes; more than a run needs
_FILLER: Final = "filler"
_TOP_UP_SECONDS: Final = 0.02
_CLONE_NEWNS: Final = 0x00020000
_MS_REC: Final = 0x4000
_MS_PRIVATE: Final = 1 << 18


def may_mount() -> bool:
    """Tell whether this process may mount file systems, by trying in a process that then ends."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", "/mnt"],
        capture_output=True,
        check=False,
        timeout=10,
    )
    return tried.returncode == 0


class Disks:
    """The disks under the folder of a run, by the name of the folder; none outside of ``mounted``.

    ``allowed`` tells whether there can be any on this machine.
    """

    def __init__(self) -> None:
        self.allowed = may_mount()
        self.folders: dict[str, Path] = {}

    @contextlib.contextmanager
    def mounted(self, folder: Path, *, keep: bool) -> Iterator[None]:
        """Have the folders on disks of their own until the block ends, seen by this process and its children alone.

        What is on them then is lost, unless ``keep`` copies it to where they were. It is entered before there are
        threads. Raises OSError where mounting is not allowed.
        """
        _see_mounts_alone()
        try:
            for name, size in SIZES.items():
                place = folder / name
                place.mkdir(parents=True, exist_ok=True)
                subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", place], check=True)
                self.folders[name] = place
            yield
        finally:
            for place in self.folders.values():
                _unmount(place, keep=keep)
            self.folders.clear()

    @contextlib.asynccontextmanager
    async def full(self, name: str) -> AsyncIterator[None]:
        """Leave no byte on a disk until the block ends, whatever is removed from it meanwhile."""
        filler = self.folders[name] / _FILLER
        fill(filler)
        topping = asyncio.create_task(_keep_full(filler))
        try:
            yield
        finally:
            await stopped(topping)
            filler.unlink()


def _unmount(place: Path, *, keep: bool) -> None:
    copy = place.with_name(f"{place.name}.copy")
    if keep:
        shutil.copytree(place, copy, symlinks=True)
    subprocess.run(["umount", "--lazy", place], check=False)
    if keep:
        place.rmdir()
        copy.rename(place)


async def _keep_full(filler: Path) -> None:
    while True:
        await asyncio.sleep(_TOP_UP_SECONDS)
        fill(filler)


def fill(filler: Path) -> None:
    """Let a file take all the room that is left on its disk."""
    with filler.open("ab") as out:
        while free := shutil.disk_usage(filler.parent).free:
            try:
                os.posix_fallocate(out.fileno(), out.tell(), free)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
            out.seek(0, os.SEEK_END)


def _see_mounts_alone() -> None:
    """Give this process its own view of mounts (unshare(2)): they vanish with it, however it ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNS) or libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None):
        raise OSError(ctypes.get_errno(), "this process may not mount file systems")
