"""What a page showed when it was made, carried along in its form: so that a later save can tell who changed what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from services.web.share.fields import digest

_MARK: Final = re.compile(r"([A-Za-z0-9_.:-]{1,120})=([0-9a-f]{12}|-)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The revision a page was made from, and a mark of the value of each of its fields."""

    revision: int
    marks: Mapping[str, str]

    @classmethod
    def of(cls, revision: int, values: Mapping[str, Any]) -> Self:
        return cls(revision=revision, marks={name: digest(value) for name, value in values.items()})

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what ``str`` wrote. What is no such thing is as if nothing had been shown."""
        number, *marks = text.split("|")
        found = (_MARK.fullmatch(mark) for mark in marks)
        revision = int(number) if number.isascii() and number.isdigit() and len(number) < 12 else 0  # noqa: PLR2004
        return cls(revision=revision, marks={one[1]: one[2] for one in found if one})

    def __str__(self) -> str:
        return "|".join([str(self.revision), *(f"{name}={mark}" for name, mark in self.marks.items())])

    @property
    def etag(self) -> str:
        return f'"{self.revision}"'

    def changed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return those values that are no longer the ones shown."""
        return {name: value for name, value in values.items() if digest(value) != self.marks.get(name)}

    def after(self, revision: int, values: Mapping[str, Any]) -> Seen:
        """Return what the page shows once ``values`` are saved as ``revision``."""
        marks = {name: digest(value) for name, value in values.items()}
        return Seen(revision=revision, marks={**self.marks, **marks})
