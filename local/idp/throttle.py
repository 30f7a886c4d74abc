"""Password tries: few in a minute, for each login and for everybody together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 60.0
TRIES_PER_LOGIN = 5
TRIES_TOGETHER = 60
MOST_LOGINS = 1000


class Throttle:
    """Counts wrong passwords; right ones cost nothing, so a demo that signs in many people is not slowed down."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wrong: dict[str, deque[float]] = {}
        self._together: deque[float] = deque(maxlen=TRIES_TOGETHER)

    def wait(self, login: str) -> int:
        """Return the seconds until the next try for this login is allowed; 0 when it is allowed now."""
        tries = self._wrong.get(login, deque())
        full = [
            queue[0]
            for queue, most in ((tries, TRIES_PER_LOGIN), (self._together, TRIES_TOGETHER))
            if len(queue) >= most
        ]
        left = max((first + WINDOW_SECONDS - self._clock() for first in full), default=0.0)
        return max(0, int(left) + 1) if left > 0 else 0

    def wrong(self, login: str) -> None:
        """Count one wrong password."""
        if len(self._wrong) >= MOST_LOGINS:
            self._wrong.clear()  # the limit for all together still holds
        self._wrong.setdefault(login, deque(maxlen=TRIES_PER_LOGIN)).append(self._clock())
        self._together.append(self._clock())

    def right(self, login: str) -> None:
        """A right password wipes the slate of its login."""
        self._wrong.pop(login, None)
