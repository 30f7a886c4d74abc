"""A backup is whole or is none: whatever ends its writing, and whatever happens to it afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shared.backup.folder import FORMAT, MANIFEST, SEAL, Manifest, Stream, opened, unpacked, whole, writing
from shared.clock import utc_now
from shared.errors import Conflict, Invalid, NotFound

ROOT = Path(__file__).parents[3]


def _write(to: Path) -> Manifest:
    with writing(to) as partial:
        with partial.file("streams/one.gz") as file:
            file.write(b"words")
        stream = Stream(name="one", messages=1, first=1, last=1, data=partial.told("streams/one.gz"))
        manifest = Manifest(
            format=FORMAT,
            id="b1",
            begun_at=utc_now(),
            made_at=utc_now(),
            cluster_time=(1, 1),
            databases=(),
            streams=(stream,),
            durables=(),
        )
        partial.seal(manifest)
    return manifest


def test_one_that_was_written_is_read_as_it_was(tmp_path: Path) -> None:
    manifest = _write(tmp_path / "b")
    assert whole(tmp_path / "b") == manifest
    with unpacked(tmp_path / "b", manifest.streams[0].data) as file:
        assert file.read() == b"words"
    assert (tmp_path / "b").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == [MANIFEST, SEAL, "streams"]


def test_nothing_stays_of_one_that_fails(tmp_path: Path) -> None:
    with pytest.raises(LookupError), writing(tmp_path / "b") as partial, partial.file("one.gz"):
        raise LookupError
    assert list(tmp_path.iterdir()) == []


def test_one_whose_writer_was_killed_is_no_backup_and_the_next_takes_its_place(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from shared.backup.folder import writing\n"
        "with writing(Path(sys.argv[1])) as partial:\n"
        "    with partial.file('one.gz') as file: file.write(b'words')\n"
        "    os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path / "b"], check=False, cwd=ROOT)
    assert done.returncode == -9
    assert [path.name for path in tmp_path.iterdir()] == ["b.partial"]
    with pytest.raises(NotFound):
        opened(tmp_path / "b.partial")
    _write(tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_it_takes_nobodys_place(tmp_path: Path) -> None:
    _write(tmp_path / "b")
    with pytest.raises(Conflict, match="is there already"):
        _write(tmp_path / "b")
    (tmp_path / "c.partial").mkdir()
    with pytest.raises(Conflict, match="no unfinished backup"):
        _write(tmp_path / "c")
    assert (tmp_path / "c.partial").is_dir()


@pytest.mark.parametrize("name", ["streams/one.gz", MANIFEST, SEAL])
def test_a_changed_byte_is_noticed_wherever_it_is(tmp_path: Path, name: str) -> None:
    _write(tmp_path / "b")
    path = tmp_path / "b" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(Invalid, match="is damaged"):
        whole(tmp_path / "b")


def test_a_lost_file_is_noticed(tmp_path: Path) -> None:
    _write(tmp_path / "b")
    (tmp_path / "b/streams/one.gz").unlink()
    with pytest.raises(Invalid, match=r"streams/one\.gz is missing"):
        whole(tmp_path / "b")
    (tmp_path / "b" / MANIFEST).unlink()
    with pytest.raises(NotFound, match="no backup"):
        whole(tmp_path / "b")
