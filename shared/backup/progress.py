"""Telling a person at a terminal how far it is."""

import sys
import time
from typing import Final

_EVERY_SECONDS: Final = 2.0


class Progress:
    """One line for each thing that is done, and one every two seconds while it takes longer."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._told_at = time.monotonic()

    def at(self, what: str, count: int) -> None:
        """It is so far with something."""
        now = time.monotonic()
        if now - self._told_at >= _EVERY_SECONDS:
            self._say(f"  {what}: {count:,} so far")

    def done(self, words: str) -> None:
        self._say(words)

    def _say(self, words: str) -> None:
        self._told_at = time.monotonic()
        if not self._quiet:
            sys.stdout.write(f"{words}\n")
            sys.stdout.flush()
