"""That a published proposal for a joint action was agreed: when, by whom, and in what words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

# Where a day begins first, it begins 14 hours before it does in UTC (Kiribati, UTC+14).
_EARLIEST_DAY = timedelta(hours=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """All of it is public. ``parties`` are the organisations and bodies that agreed, ``text`` is by language."""

    agreed_on: date
    parties: tuple[str, ...]
    text: Mapping[str, str] = field(default_factory=dict)
    recorded_at: datetime

    @property
    def in_short(self) -> str:
        """Return the day and the parties on one line, as the timeline keeps them."""
        return f"{self.agreed_on.isoformat()}: {', '.join(self.parties)}"


def is_to_come(day: date, now: datetime) -> bool:
    """Whether that day has begun nowhere on earth yet."""
    return day > (now + _EARLIEST_DAY).date()
