"""Faults of processes: they die at once, or stand still and go on as if no time had passed."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.faults.fault import Fault
from tests.system import SERVICES, System

Act = Callable[[System, random.Random], AbstractAsyncContextManager[str | None]]
VICTIMS = ("mongod", "nats", *SERVICES)


def faults() -> tuple[Fault, ...]:
    return tuple(Fault(name=f"SIGKILL {victim}", act=_killed(victim)) for victim in VICTIMS)


def _killed(victim: str) -> Act:
    @asynccontextmanager
    async def act(system: System, _: random.Random) -> AsyncIterator[None]:
        await system.kill(victim)
        try:
            yield
        finally:
            await system.restart(victim)

    return act
