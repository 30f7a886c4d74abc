"""One fault after another, and after each how long it took until all was well again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass

from tests.faults.clients import Probe
from tests.faults.fault import Fault
from tests.life import Refused
from tests.system import System

RECOVERY_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How long it took from a fault's end until all was well; None when it did not get well."""

    fault: str
    seconds: float | None
    reason: str = ""


def late(recoveries: Iterable[Recovery]) -> list[str]:
    """List the faults after which the system did not recover by itself in time, in words."""
    return [
        f"{one.fault}: not well again, {one.reason}"
        if one.seconds is None
        else f"{one.fault}: well again after {one.seconds:.1f} s, and {RECOVERY_SECONDS:.0f} s were promised"
        for one in recoveries
        if one.seconds is None or one.seconds > RECOVERY_SECONDS
    ]


async def faults_come(
    system: System, faults: Iterable[Fault], dice: random.Random, probe: Probe, *, until: float | None
) -> list[Recovery]:
    """Let the faults come one by one, each when all is well after the last; returns the recoveries.

    ``until`` is a moment of the monotonic clock after which none begins.
    """
    begun = time.monotonic()
    recoveries: list[Recovery] = []
    for number, fault in enumerate(faults):
        await asyncio.sleep(dice.uniform(0.2, 2.0))
        if until is not None and time.monotonic() > until:
            break
        held = dice.uniform(fault.shortest, fault.longest)
        print(f"  {time.monotonic() - begun:6.1f} s  {fault.name}", end="", flush=True)
        try:
            async with fault.act(system, dice) as words:
                print(f"{f', {words}' if words else ''}, held {held:.1f} s", end="", flush=True)
                await asyncio.sleep(held)
        except AssertionError as error:  # what this fault itself looks at
            recovery = Recovery(fault=fault.name, seconds=None, reason=str(error))
        else:
            recovery = await _recovery(fault, probe, number)
        recoveries.append(recovery)
        print(f": {recovery.reason if recovery.seconds is None else f'well again after {recovery.seconds:.1f} s'}")
    return recoveries


async def _recovery(fault: Fault, probe: Probe, number: int) -> Recovery:
    try:
        return Recovery(fault=fault.name, seconds=await probe.seconds_until_well(number))
    except (Refused, TimeoutError, KeyError) as error:
        return Recovery(fault=fault.name, seconds=None, reason=f"{type(error).__name__}: {error}")
