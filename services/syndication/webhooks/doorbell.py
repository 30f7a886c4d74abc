"""Tells the deliverer of this process what was just committed. What it misses, the sweep finds."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

_MOST_BYTES: Final = 8 * 1024 * 1024
_LONGEST_SECONDS: Final = 60.0


class Doorbell:
    """Which endpoints something waits for, and the bodies of late: one event goes to many endpoints.

    ``clock`` counts seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.rung = asyncio.Event()
        self._clock = clock
        self._endpoint_ids: set[str] = set()
        self._bodies: dict[str, tuple[float, bytes]] = {}  # each with when it is to be forgotten, the soonest first
        self._bytes = 0

    def ring(self, endpoint_ids: Collection[str], bodies: Mapping[str, bytes] | None = None) -> None:
        self._endpoint_ids.update(endpoint_ids)
        self.remember(bodies or {})
        self.rung.set()

    def take(self) -> set[str]:
        """Return the endpoints it was rung for since it was asked last."""
        self.rung.clear()
        self._forget_old()
        taken, self._endpoint_ids = self._endpoint_ids, set()
        return taken

    def remember(self, bodies: Mapping[str, bytes]) -> None:
        """Keep bodies for a minute, at most eight mebibytes of them."""
        until = self._clock() + _LONGEST_SECONDS
        for event_id, body in bodies.items():
            self._drop(event_id)
            self._bodies[event_id] = (until, body)
            self._bytes += len(body)
        while self._bytes > _MOST_BYTES:
            self._drop(next(iter(self._bodies)))

    def body(self, event_id: str) -> bytes | None:
        self._forget_old()
        known = self._bodies.get(event_id)
        return known[1] if known else None

    def forget(self) -> None:
        """Forget all bodies: somebody who may be named in them was erased. Other processes forget them with time."""
        self._bodies.clear()
        self._bytes = 0

    def _forget_old(self) -> None:
        now = self._clock()
        while self._bodies and next(iter(self._bodies.values()))[0] <= now:
            self._drop(next(iter(self._bodies)))

    def _drop(self, event_id: str) -> None:
        if known := self._bodies.pop(event_id, None):
            self._bytes -= len(known[1])
