"""How far search is behind the catalogue, in events and seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.clock import Clock

# Without word from NATS for longer than this, nobody can say that the index is up to date.
_SILENCE: Final = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """``seconds`` is the age of the oldest event that is not found yet; 0 when nothing waits.

    While the catalogue cannot be reached, ``connected`` is false and ``seconds`` counts from the last word of it.
    """

    events: int
    seconds: float
    connected: bool


class Progress:
    """What the follower knows of the catalogue, kept as it goes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting = 0
        self._oldest: datetime | None = None
        self._heard: datetime | None = None
        self.found_after: float | None = None
        self.unreadable = 0

    def waits(self, events: int, oldest: datetime | None) -> None:
        """Note how many events are not found yet, and when the oldest of them was stored."""
        self._heard = self._clock()
        self._waiting = events
        self._oldest = oldest if events else None

    def found(self, stored: datetime) -> None:
        """Note that an event stored then is found now."""
        self.found_after = max(0.0, (self._clock() - stored).total_seconds())

    def lag(self) -> Lag:
        """Return the lag as it is now."""
        now = self._clock()
        age = max(timedelta(), now - self._oldest) if self._oldest else timedelta()
        silence = now - self._heard if self._heard else None
        connected = silence is not None and silence <= _SILENCE
        if not connected and silence is not None:
            age = max(age, silence)
        return Lag(events=self._waiting, seconds=round(age.total_seconds(), 3), connected=connected)
