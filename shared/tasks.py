"""Running and ending background tasks.

One cancellation is not enough: ``asyncio.wait_for`` of Python 3.11 loses it when what it waits for ends at the same
moment (https://github.com/python/cpython/issues/86296), and nats-py waits with it everywhere. So ``stopped`` asks until
a task has ended. A ``TaskGroup`` asks its tasks once only, hence ``side_by_side``. What a task still has to do when it
is stopped, and must not be torn out of by the next asking, goes into ``seen_through``.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

_ASK_AGAIN_SECONDS: Final = 0.1


async def stopped(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and return when they have ended, however they ended.

    It sees that through when it is cancelled itself, and is cancelled then.
    """
    pending = {task for task in tasks if not task.done()}
    cancelled: asyncio.CancelledError | None = None
    while pending:
        for task in pending:
            task.cancel()
        try:
            await asyncio.wait(pending, timeout=_ASK_AGAIN_SECONDS)
        except asyncio.CancelledError as error:
            cancelled = error
        pending = {task for task in pending if not task.done()}
    for task in tasks:
        if not task.cancelled():
            task.exception()  # seen: asyncio would tell of it otherwise
    if cancelled:
        raise cancelled


async def side_by_side(*works: Coroutine[Any, Any, None]) -> None:
    """Run endless works until we are cancelled, or until one ends; raises what it raised, once all have ended."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await stopped(*tasks)
    for task in done:
        task.result()


async def seen_through(work: Coroutine[Any, Any, T]) -> T:
    """Do something to its end, however often we are cancelled meanwhile; then be cancelled, if we were.

    It must be bounded in time. What it raises is raised, unless we were cancelled.
    """
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        if not task.cancelled():
            task.exception()  # seen
        raise cancelled
    return task.result()
