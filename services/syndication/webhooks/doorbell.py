"""Tells the deliverer of this process what was just committed. What it misses, the sweep finds."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Final

_MOST_BYTES: Final = 8 * 1024 * 1024


class Doorbell:
    """Which endpoints something waits for, and the bodies of late: one event goes to many endpoints."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()
        self._endpoint_ids: set[str] = set()
        self._bodies: dict[str, bytes] = {}
        self._bytes = 0

    def ring(self, endpoint_ids: Collection[str], bodies: Mapping[str, bytes] | None = None) -> None:
        self._endpoint_ids.update(endpoint_ids)
        self.remember(bodies or {})
        self.rung.set()

    def take(self) -> set[str]:
        """Return the endpoints it was rung for since it was asked last."""
        self.rung.clear()
        taken, self._endpoint_ids = self._endpoint_ids, set()
        return taken

    def remember(self, bodies: Mapping[str, bytes]) -> None:
        """Keep bodies for a while, at most eight mebibytes of them."""
        for event_id, body in bodies.items():
            self._bytes += len(body) - len(self._bodies.pop(event_id, b""))
            self._bodies[event_id] = body
        while self._bytes > _MOST_BYTES:
            self._bytes -= len(self._bodies.pop(next(iter(self._bodies))))

    def body(self, event_id: str) -> bytes | None:
        return self._bodies.get(event_id)
