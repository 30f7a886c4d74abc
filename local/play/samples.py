"""The sample contributions, with who hands each one in and what becomes of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "samples"


class Story(StrEnum):
    """What happens to a sample."""

    APPROVE = "approve"
    REVISE = "revise"
    REJECT = "reject"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """``key`` is its file's name, ``account`` the ``sub`` of the demo member who hands it in."""

    key: str
    account: str
    story: Story
    content: dict[str, Any]

    @property
    def title(self) -> str:
        """The title in its source language."""
        return str(self.content["title"][self.content["source_language"]]["text"])

    @property
    def titles(self) -> tuple[str, ...]:
        """The title in every language that it has: readers are shown the one they know."""
        return tuple(one["text"] for one in self.content["title"].values())


def samples(folder: Path = FOLDER) -> tuple[Sample, ...]:
    """Read every sample, in the order of the file names."""
    return tuple(_read(file) for file in sorted(folder.glob("*.json")))


def _read(file: Path) -> Sample:
    read = json.loads(file.read_text("utf-8"))
    return Sample(key=file.stem, account=read["account"], story=Story(read["story"]), content=read["content"])
