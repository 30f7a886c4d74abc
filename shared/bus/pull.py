"""A standing request to a durable: it sends as many messages as workers are free, each as soon as it is there.

FastStream asks for each message by itself and waits for it through three tasks, which costs more than what the
message brings. One request here is good for all workers that are free, and is made anew when it was used up or has
run out; so nothing is sent that nobody can take up at once.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError
from pydantic_core import to_json

# How long a request stands. Of one that is lost, with a server that began anew, nobody tells: the next comes then.
STANDS_SECONDS: Final = 5.0
_GRACE_SECONDS: Final = 0.5  # for the server's word that it has run out
PAUSE_SECONDS: Final = 0.5  # after an answer that another request would get as well
_LEAVING_SECONDS: Final = 2.0
_ALIVE, _RAN_OUT, _NOTHING = "100", "408", "404"


class Pull:
    """Asks and takes for one subscriber of FastStream. ``free`` returns how many may come, once that is one at least;
    ``take`` gets each.
    """

    def __init__(
        self,
        *,
        free: Callable[[], Awaitable[int]],
        take: Callable[[Msg], Awaitable[None]],
    ) -> None:
        self._free = free
        self._take = take
        self._leaving = False

    async def run(self, subscriber: Any) -> None:
        """Ask and take until cancelled."""
        subscription = subscriber.subscription
        incoming = subscription._sub  # noqa: SLF001 - what nats-py's own fetch reads
        loop = asyncio.get_running_loop()
        asked, until = 0, 0.0
        while True:
            if asked <= 0 and not self._leaving:
                many = await self._free()
                asked = await self._ask(subscriber.connection, subscription, many)
                until = loop.time() + STANDS_SECONDS + _GRACE_SECONDS
                continue
            try:
                async with asyncio.timeout_at(None if self._leaving else until):
                    message: Msg = await incoming._pending_queue.get()  # noqa: SLF001 - as above
            except TimeoutError:
                asked = 0
                continue
            incoming._pending_size -= len(message.data)  # noqa: SLF001 - as above
            incoming._pending_queue.task_done()  # noqa: SLF001 - as above
            status = (message.headers or {}).get("Status") if not message.data else None
            if status is None:
                asked -= 1
                await self._take(message)
            elif status != _ALIVE:
                asked = 0
                if status not in (_RAN_OUT, _NOTHING):
                    await asyncio.sleep(PAUSE_SECONDS)

    async def _ask(self, connection: Client, subscription: Any, many: int) -> int:
        """Make a request; returns for how many, which is none while NATS is away: all would be sent when it is back."""
        if self._leaving:
            return 0
        try:
            if not connection.is_connected:
                raise ConnectionClosedError
            wish = to_json({"batch": many, "expires": int(STANDS_SECONDS * 1_000_000_000)})
            await connection.publish(subscription._nms, wish, reply=subscription._deliver)  # noqa: SLF001 - as above
        except NatsError:
            await asyncio.sleep(PAUSE_SECONDS)
            return 0
        return many

    async def leave(self, subscriber: Any) -> None:
        """Ask no more, tell the server so, and take what it had sent by then."""
        self._leaving = True
        if subscriber.subscription is None or not subscriber.connection.is_connected:
            return
        with contextlib.suppress(NatsError, TimeoutError):
            async with asyncio.timeout(_LEAVING_SECONDS):
                await subscriber.subscription._sub.drain()  # noqa: SLF001 - its own unsubscribe would drop them
        subscriber.subscription = None  # gone: FastStream need not end it again
