"""A place in one of the streams, as it stands in an event's ``id`` and in a cursor: ``e-19b3f0c2a4d-1234``.

It names the way (``e`` the events, ``c`` the catalogue), when the stream was made, and a sequence. A stream that was
made anew counts from 1 again; by when it was made, a place in the old one is known for what it is.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from shared.errors import DomainError

_FORM: Final = re.compile(r"([ec])-([0-9a-f]{1,14})-(0|[1-9][0-9]{0,17})")


class Way(StrEnum):
    """Which stream."""

    EVENTS = "e"
    CATALOGUE = "c"


class PlaceLost(DomainError):
    """The events after this id can no longer be told: it is too old, or of a stream that was made anew since.

    Begin with the catalogue (``GET /catalogue`` or ``GET /events?from=start``), then follow. ``reason`` says which:
    ``expired``, ``remade`` or ``ahead``.
    """

    status = 410
    code = "place-lost"
    title = "What came after this id can no longer be told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Everything up to and with ``sequence`` was told."""

    way: Way
    made: str
    sequence: int

    def __str__(self) -> str:
        return f"{self.way}-{self.made}-{self.sequence}"


def read_position(text: str) -> Position | None:
    """Read a position; None where it is none."""
    found = _FORM.fullmatch(text)
    return found and Position(way=Way(found[1]), made=found[2], sequence=int(found[3]))


def mark_of(made: datetime | None) -> str:
    """Return the mark of a stream that was made at this moment: milliseconds, in hexadecimal."""
    return f"{round(made.timestamp() * 1000):x}" if made else "0"


def lost(reason: str) -> PlaceLost:
    """Return the refusal for a place that is lost for this reason."""
    words = {
        "expired": "The events after it are older than what is kept here.",
        "remade": "It is of a stream that was made anew since.",
        "ahead": "It is further than the stream is: the stream lost its end.",
    }
    return PlaceLost(
        f"{words[reason]} Take the catalogue from the start, then follow.",
        extra={"reason": reason, "catalogue": "/catalogue", "events_from_start": "/events?from=start"},
    )
