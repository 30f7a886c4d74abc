"""A sliding window: how often something was done in the last minute, kept in two numbers.

What was done in the minute before counts by the part of it that the window still covers, as if it had been spread
evenly (the usual approximation of a sliding log). No I/O and no clock.
"""

import math
from dataclasses import dataclass
from typing import Final

SECONDS: Final = 60.0
_HAIR: Final = 1e-6


@dataclass(slots=True)
class Window:
    """The count of one key. ``own`` was let in here, ``others`` by other replicas, as far as they told."""

    number: int = -1  # of the present minute, counted from the epoch
    own: int = 0
    others: int = 0
    before: int = 0  # all of the minute before
    told: int = 0  # how much of ``own`` the others have been told

    def take(self, limit: int, now: float) -> float | None:
        """Count one more and return None; or, where ``limit`` is reached, return in how many seconds to come again."""
        self.turn(int(now // SECONDS))
        covered = 1.0 - (now % SECONDS) / SECONDS
        here = self.own + self.others
        # What was done exactly a minute ago is behind the window; so is what rounding puts a hair after it.
        if here + int(max(0.0, self.before * covered - _HAIR)) + 1 <= limit:
            self.own += 1
            return None
        return self._until_free(limit, here, now % SECONDS)

    def turn(self, number: int) -> None:
        """Go on to this minute."""
        if number != self.number:
            self.before = self.own + self.others if number == self.number + 1 else 0
            self.number, self.own, self.others, self.told = number, 0, 0, 0

    def _until_free(self, limit: int, here: int, passed: float) -> float:
        room = limit - 1 - here
        if room >= 0:  # in this minute, once enough of the one before is behind us
            return max(1.0, SECONDS * (1 - room / self.before) - passed)
        # In the next one, of which what was done in this one is then the one before.
        return math.ceil(SECONDS - passed + SECONDS * (1 - max(0, limit - 1) / here))
