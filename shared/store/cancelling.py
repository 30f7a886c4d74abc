"""PyMongo's async client, made safe to cancel on Python 3.11.

PyMongo waits for a server with ``asyncio.wait_for(condition.wait(), ...)``. On Python 3.11 that runs the wait in a
task of its own. A second cancellation, or one that comes as the time runs out, leaves that task behind; it takes the
topology's lock afterwards and nobody ever gives it back: from then on every operation of the client waits for ever.
That is just what happens while MongoDB is away, when probes and leases give up on their operations. From Python 3.12
on ``wait_for`` waits in place, and there is nothing to do.
"""

import asyncio
import sys
from collections.abc import Awaitable
from typing import TypeVar

import pymongo.lock

T = TypeVar("T")


async def _wait_in_place(awaitable: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109 - as asyncio.wait_for has it
    async with asyncio.timeout(timeout):
        return await awaitable


def make_cancelling_safe() -> None:
    """Let PyMongo wait in place, as it does on later Pythons; once for the whole process, safe to repeat."""
    if sys.version_info < (3, 12):
        pymongo.lock.wait_for = _wait_in_place  # type: ignore[assignment, attr-defined]
