"""Faults of processes: they die at once, or stand still and go on as if no time had passed."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from shared.bus.topology import ACK_WAIT_SECONDS
from tests.faults.fault import Act, Fault
from tests.system import SERVICES, System

SERVERS = ("mongod", "nats")
LONG_SECONDS = ACK_WAIT_SECONDS + 2  # longer than any lease, heartbeat or acknowledgement is waited for


def faults() -> tuple[Fault, ...]:
    """Return a SIGKILL for each process; of those that stand still, the dice choose the service."""
    return (
        *(Fault(name=f"SIGKILL {victim}", act=_killed(victim)) for victim in (*SERVERS, *SERVICES)),
        *(Fault(name=f"SIGSTOP {server}", act=_stopped([server]), longest=12.0) for server in SERVERS),
        Fault(name="SIGSTOP a service", act=_stopped(SERVICES), longest=12.0),
        Fault(
            name="SIGSTOP a service for long",
            act=_stopped(SERVICES),
            shortest=LONG_SECONDS,
            longest=LONG_SECONDS + 4,
        ),
    )


def _killed(victim: str) -> Act:
    @asynccontextmanager
    async def act(system: System, _: random.Random) -> AsyncIterator[None]:
        await system.kill(victim)
        try:
            yield
        finally:
            await system.restart(victim)

    return act


def _stopped(victims: Sequence[str]) -> Act:
    @asynccontextmanager
    async def act(system: System, dice: random.Random) -> AsyncIterator[str | None]:
        victim = dice.choice(victims)
        process = system.process(victim)
        process.pause()
        try:
            yield victim if len(victims) > 1 else None
        finally:
            process.resume()

    return act
