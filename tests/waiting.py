"""Waiting for what happens soon, without sleeping a fixed time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, TypeVar, overload

T = TypeVar("T")

# What a machine that does ten other things may need; a test that passes waits for none of it.
PATIENCE_SECONDS = 60.0


@overload
async def eventually(
    predicate: Callable[[], Awaitable[T | None]],
    timeout: float = ...,  # noqa: ASYNC109
    *,
    every: float = ...,
) -> T: ...
@overload
async def eventually(
    predicate: Callable[[], T | None],
    timeout: float = ...,  # noqa: ASYNC109
    *,
    every: float = ...,
) -> T: ...
async def eventually(
    predicate: Callable[[], Any],
    timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109 - a bound, not a cancellation
    *,
    every: float = 0.02,
) -> Any:
    """Call ``predicate`` (plain or async) until it returns something true, and return that.

    An ``AssertionError`` inside it counts as "not yet". After ``timeout`` seconds the last one is raised, or an
    ``AssertionError`` with the last value.
    """
    until = monotonic() + timeout
    while True:
        failure: AssertionError | None = None
        value: Any = None
        try:
            outcome = predicate()
            value = await outcome if inspect.isawaitable(outcome) else outcome
        except AssertionError as error:
            failure = error
        if value:
            return value
        if monotonic() > until:
            raise failure or AssertionError(f"still {value!r} after {timeout} s")
        await asyncio.sleep(every)
