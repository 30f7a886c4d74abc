"""Telling how far a long piece of work is."""

from __future__ import annotations

import sys
import time
from typing import Final

_APART_SECONDS: Final = 15.0


def say(words: str) -> None:
    """Tell something on the terminal."""
    print(words, file=sys.stderr, flush=True)  # noqa: T201 - what it is for


class Progress:
    """Tells of one piece of work how much is done, every fifteen seconds, and at its end how long it took."""

    def __init__(self, what: str, of: int) -> None:
        self._what = what
        self._of = of
        self._began = time.monotonic()
        self._told = self._began

    def at(self, done: int) -> None:
        """Tell that so much is done, if it is time to."""
        now = time.monotonic()
        if now - self._told >= _APART_SECONDS:
            self._told = now
            say(f"  {self._what}: {done:,} of {self._of:,} after {now - self._began:.0f} s")

    def done(self) -> None:
        """Tell that all is done."""
        say(f"  {self._what}: {self._of:,} in {time.monotonic() - self._began:.0f} s")
