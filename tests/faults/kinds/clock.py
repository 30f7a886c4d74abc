"""Faults of clocks: that of a service jumps, by minutes or by hours, and back."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from tests.faults.clocks import Clocks
from tests.faults.fault import Act, Fault
from tests.system import SERVICES, System

MINUTES = (timedelta(seconds=90), timedelta(minutes=10))
HOURS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=30))
_ALL = "all"


def faults(clocks: Clocks) -> tuple[Fault, ...]:
    return (
        Fault(name="clock jumps by minutes", act=_jump(clocks, MINUTES), longest=6.0),
        Fault(name="clock jumps by hours", act=_jump(clocks, HOURS), longest=6.0),
    )


def _jump(clocks: Clocks, lengths: Sequence[timedelta]) -> Act:
    @asynccontextmanager
    async def act(_: System, dice: random.Random) -> AsyncIterator[str]:
        whose = dice.choice([*SERVICES, _ALL])
        off = dice.choice(lengths) * dice.choice((1, -1))
        names = SERVICES if whose == _ALL else (whose,)
        for name in names:
            clocks.put(name, off)
        try:
            yield f"that of {whose} by {off.total_seconds() / 60:+.1f} minutes"
        finally:
            for name in names:
                clocks.put(name, timedelta())

    return act
