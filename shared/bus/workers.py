"""Workers: what a subscriber of FastStream fetched goes straight to its one handler, several messages side by side.

By itself FastStream takes each message through a queue, parses and decodes it, opens scopes for its context and chooses
a handler. That costs more than a write to the database, and everything leads to the one handler there is. What it
fetched and has no worker for, the server waits for in vain when the process stops (see ``shared.bus.pull``).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from nats.aio.msg import Msg
from structlog.typing import FilteringBoundLogger

from shared.bus.pull import Pull
from shared.tasks import stopped


class Workers:
    """At most ``most`` at a time. No more messages are asked for than workers are free, and none until ``ready``."""

    def __init__(
        self,
        handle: Callable[[Msg], Awaitable[None]],
        *,
        most: int,
        ready: Callable[[], Awaitable[None]],
        log: FilteringBoundLogger,
    ) -> None:
        self._handle = handle
        self._ready = ready
        self._most = most
        self._log = log
        self._free = asyncio.Semaphore(most)
        self._tasks: set[asyncio.Task[None]] = set()
        self._pull: Pull | None = None
        self._subscriber: Any = None

    def serve(self, subscriber: Any) -> None:
        """Take what comes for it; once, before it starts."""

        async def take(message: Msg) -> None:
            await self._free.acquire()
            task = asyncio.create_task(self._work(subscriber, message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        pull = Pull(free=self._until_free, take=take)

        async def consume(**_: Any) -> None:
            await pull.run(subscriber)

        subscriber(self._handle)  # without a handler it would not subscribe
        subscriber._consume_pull = consume  # noqa: SLF001 - its own loop asks for each message by itself
        self._pull, self._subscriber = pull, subscriber

    async def _until_free(self) -> int:
        await self._ready()
        async with self._free:
            return max(1, self._most - len(self._tasks))

    async def leave(self) -> None:
        """Take no more than what is on its way; for when the subscriber is about to stop."""
        if self._pull:
            await self._pull.leave(self._subscriber)

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
