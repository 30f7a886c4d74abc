"""What a run has made and another may measure again: notes in a folder of what lies in it, by which it is known.

Each piece has a folder of its own, ``made.json`` beside what is in it. A piece that is not noted was not finished, and
is made anew.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.bench.search.texts import Size

_MADE: Final = "made.json"

Noted = dict[str, Any]


class OtherSize(Exception):
    """The folder holds what was made in another size."""


def earlier(folder: Path, size: Size) -> Noted | None:
    """Return what was noted of a piece that is there whole; raises OtherSize where it is of another size."""
    try:
        noted: Noted = json.loads((folder / _MADE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    if noted["of"] != _of(size):
        raise OtherSize(f"{folder} was made with {noted['of']}, not {_of(size)}; give another folder, or remove it")
    return noted


def begin(folder: Path) -> None:
    """Make the folder of a piece, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def note(folder: Path, size: Size, **what: Any) -> Noted:
    """Note that a piece is there whole."""
    noted = {"of": _of(size), "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", **what}
    (folder / _MADE).write_text(json.dumps(noted, indent=1), "utf-8")
    return noted


def _of(size: Size) -> dict[str, int]:
    """Return what the practices depend on."""
    return {name: value for name, value in asdict(size).items() if name != "queries"}
