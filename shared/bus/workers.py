"""Workers: what a subscriber of FastStream fetched goes straight to its one handler, several messages side by side.

By itself FastStream takes each message through a queue, parses and decodes it, opens scopes for its context and chooses
a handler. That costs more than a write to the database, and everything leads to the one handler there is. It also
fetches as many messages ahead as there are workers, for which the server waits in vain when the process stops.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from nats.aio.msg import Msg
from structlog.typing import FilteringBoundLogger

from shared.tasks import stopped


class Workers:
    """At most ``most`` at a time. The next message is fetched when one of them is free."""

    def __init__(self, handle: Callable[[Msg], Awaitable[None]], *, most: int, log: FilteringBoundLogger) -> None:
        self._handle = handle
        self._log = log
        self._free = asyncio.Semaphore(most)
        self._tasks: set[asyncio.Task[None]] = set()

    def serve(self, subscriber: Any) -> None:
        """Take what it consumes, which it does one message after the other."""

        async def consume(message: Msg) -> None:
            await self._free.acquire()
            task = asyncio.create_task(self._work(subscriber, message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        subscriber(self._handle)  # without a handler it would not subscribe
        subscriber.consume = consume

    async def _work(self, subscriber: Any, message: Msg) -> None:
        try:
            if subscriber.running:
                with subscriber.lock:  # when it stops it waits for those who hold it
                    await self._handle(message)
        except Exception:  # noqa: BLE001 - a message without an answer is delivered again
            self._log.exception("message not answered")
        finally:
            self._free.release()

    async def stop(self) -> None:
        """Give up what is under way; for when the subscriber has stopped, and with that waited for it."""
        await stopped(*self._tasks)
