"""What a fault is: something that is done to a running system, and undone."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.system import System

Act = Callable[[System, random.Random], AbstractAsyncContextManager[str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of the deck.

    Entering ``act`` begins it; leaving ends it and puts everything back that does not come back by itself. What it
    yields tells what the dice chose, for the line that is printed (None: the name says it all). Dice are the only
    source of choice, so that a seed repeats a run. It is held for ``shortest`` to ``longest`` seconds.
    """

    name: str
    act: Act
    shortest: float = 0.1
    longest: float = 2.0
