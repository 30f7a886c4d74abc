"""Disks that fail the index: full, for reading only. It serves what it can, says so, and heals by itself."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services.search.desk import Desk, open_desk
from tests.services.search.making import Publisher, practice
from tests.waiting import eventually


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A small file system of its own."""

    folder: Path

    def fill(self) -> None:
        """Leave no byte of room."""
        with contextlib.suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as out:
            while True:
                out.write(b"\0" * 4096)

    def empty(self) -> None:
        (self.folder / "filler").unlink()

    def remount(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Eight megabytes in memory; where this machine lets nobody mount, the test is skipped and says so."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system")
    try:
        yield Disk(folder=folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def in_trouble(desk: Desk) -> str:
    """Wait until the service says that it cannot make its index; return what it says."""

    async def told() -> str | None:
        rebuild = (await desk.get("/status"))["rebuild"]
        return rebuild["trouble"] if rebuild else None

    return str(await eventually(told, 20))


async def finds(desk: Desk, *ids: str) -> None:
    async def found() -> bool:
        return set(await desk.ids(q="teachers", limit=100)) == set(ids)

    await eventually(found, 60)


async def test_a_disk_that_fills_up_while_it_serves(
    nats_url: str, publisher: Publisher, tmp_path: Path, disk: Disk
) -> None:
    async with open_desk(nats_url, disk.folder / "shelf", publisher) as desk:
        await desk.reaches(await publisher.publish(practice("before")))
        disk.fill()
        await publisher.publish(practice("after"))
        assert "No space left" in await in_trouble(desk)
        assert await desk.ids(q="teachers") == ["before"]
        disk.empty()
        await finds(desk, "before", "after")
        assert (await desk.get("/status"))["rebuild"] is None


@pytest.fixture
async def served_before(nats_url: str, publisher: Publisher, disk: Disk) -> Path:
    """The shelf of a replica that has served one practice and stopped."""
    shelf = disk.folder / "shelf"
    async with open_desk(nats_url, shelf, publisher) as desk:
        await desk.reaches(await publisher.publish(practice("before")))
    return shelf


@pytest.mark.parametrize("fault", ["full", "read-only"])
async def test_a_start_on_a_disk_that_takes_nothing(
    nats_url: str, publisher: Publisher, disk: Disk, served_before: Path, fault: str
) -> None:
    disk.fill()
    if fault == "read-only":
        disk.empty()
        disk.remount("ro")
    await publisher.publish(practice("after"))
    async with open_desk(nats_url, served_before, publisher) as desk:
        assert await desk.ids(q="teachers") == ["before"]
        assert await in_trouble(desk)
        assert await desk.ids(q="teachers") == ["before"]
        disk.empty() if fault == "full" else disk.remount("rw")
        await finds(desk, "before", "after")


@pytest.mark.parametrize("fault", ["full", "read-only"])
async def test_a_first_start_on_a_disk_that_takes_nothing(
    nats_url: str, publisher: Publisher, disk: Disk, fault: str
) -> None:
    await publisher.publish(practice("it"))
    disk.fill()
    if fault == "read-only":
        disk.empty()
        disk.remount("ro")
    async with open_desk(nats_url, disk.folder / "shelf", publisher) as desk:
        assert await desk.ids() == []
        assert (await desk.client.get("/health/ready")).status_code == 503
        assert await in_trouble(desk)
        disk.empty() if fault == "full" else disk.remount("rw")
        await finds(desk, "it")
        assert (await desk.get("/health/ready"))["status"] == "ready"
