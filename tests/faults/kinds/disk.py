"""Faults of disks: one is full to the last byte, then somebody makes room."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.faults.disks import Disks
from tests.faults.fault import Act, Fault
from tests.system import System


def faults(disks: Disks) -> tuple[Fault, ...]:
    """Return one for each disk; none where this machine does not allow any."""
    if not disks.allowed:
        return ()
    return (
        Fault(name="disk of mongod full", act=_full(disks, "mongod"), longest=6.0),
        Fault(name="disk of nats full", act=_full(disks, "nats"), longest=12.0),
        Fault(name="disk of the index of search full", act=_full(disks, "index"), longest=6.0),
    )


def _full(disks: Disks, name: str) -> Act:
    @asynccontextmanager
    async def act(_: System, __: random.Random) -> AsyncIterator[None]:
        async with disks.full(name):
            yield

    return act
