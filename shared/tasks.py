"""Ending background tasks."""

import asyncio
from typing import Any, Final

_ASK_AGAIN_SECONDS: Final = 0.1


async def stopped(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and return when they have ended, however they ended.

    One cancellation is not enough: ``asyncio.wait_for`` of Python 3.11 loses it when what it waits for ends at the same
    moment (https://github.com/python/cpython/issues/86296), and nats-py waits with it everywhere.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_ASK_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
