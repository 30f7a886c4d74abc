"""Packages from npm, installed as a lock has them; made once and kept with pytest's cache."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

ASKED = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


def installed(request: pytest.FixtureRequest, kit: Path, *, for_: str) -> Path:
    """Return a folder with the files of ``kit`` and what its lock names.

    Skips the test, and says what was not tried, where node, npm or a registry cannot be had.
    """
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{for_}: {' and '.join(missing)} not found (Debian: apt install npm)")
    cache = request.config.cache
    assert cache is not None
    lock = (kit / "package-lock.json").read_bytes()
    folder = cache.mkdir(f"{kit.name}-{hashlib.sha256(lock).hexdigest()[:12]}")
    for file in kit.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    if not (folder / "installed").exists():
        done = subprocess.run(ASKED, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"{for_}: npm could not install what it needs: {done.stderr.strip()[-300:]}")
        (folder / "installed").touch()
    return folder
