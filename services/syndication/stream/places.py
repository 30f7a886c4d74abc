"""How many may be served at once: in this process, and of one address."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Final

from shared.errors import Unavailable

_RETRY_SECONDS: Final = 10


class Places:
    """At most ``room`` at once, ``room_each`` of them from one address."""

    def __init__(self, *, room: int, room_each: int) -> None:
        self._room = room
        self._room_each = room_each
        self._taken: Counter[str] = Counter()

    @property
    def taken(self) -> int:
        return self._taken.total()

    @contextlib.contextmanager
    def place(self, address: str) -> Iterator[None]:
        """Hold a place; raises Unavailable with ``Retry-After`` where there is none."""
        if self._taken[address] >= self._room_each:
            raise full(f"Your address has all the {self._room_each} connections that one may have here at once.")
        if self.taken >= self._room:
            raise full("There is no room for another connection just now; come again in some seconds.")
        self._taken[address] += 1
        try:
            yield
        finally:
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]


def full(words: str) -> Unavailable:
    """Return a refusal that says when to come again."""
    return Unavailable(words, headers={"Retry-After": str(_RETRY_SECONDS)})
