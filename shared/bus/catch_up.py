"""Passing by what is done already, many at a time: for a durable that begins anew and is given all of its stream again.

A consumer asks for one event after the other, so that a process that dies holds few. Where hundreds of them in a row
come again that would keep the next new one waiting for as many round trips.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from pymongo.errors import PyMongoError
from structlog.typing import FilteringBoundLogger

from shared.bus.dead_letters import REPLAY_FOR
from shared.bus.topology import EVENTS
from shared.store.client import Store
from shared.store.inbox import all_done

MANY = 100
MOST_BATCHES = 20  # then whoever asked looks whether there is more, and whether it goes on at all
_WAIT_SECONDS = 5.0


class CatchUp:
    """One at a time for each durable; ``handle`` takes what has to be looked at by itself."""

    def __init__(
        self,
        durable: str,
        *,
        store: Store,
        js: JetStreamContext,
        handle: Callable[[Msg], Awaitable[None]],
        log: FilteringBoundLogger,
    ) -> None:
        self._durable = durable
        self._store = store
        self._js = js
        self._handle = handle
        self._log = log
        self._at_rest = asyncio.Event()
        self._at_rest.set()

    async def at_rest(self) -> None:
        """Return when nothing is passed by just now: who asks for events meanwhile would get every other one."""
        await self._at_rest.wait()

    async def pass_by(self) -> int:
        """Acknowledge what comes next for as long as all of it is done; returns how many events were passed by.

        It is asked for, and goes on, where MANY wait at least: they come at once then, and none is on its way when
        nobody listens any more.
        """
        if not self._at_rest.is_set():
            return 0
        self._at_rest.clear()
        passed = 0
        try:
            subscription = await self._js.pull_subscribe_bind(self._durable, stream=EVENTS)
            try:
                for _ in range(MOST_BATCHES):
                    messages = await subscription.fetch(MANY, timeout=_WAIT_SECONDS)
                    others = await self._others(messages)
                    passed += len(messages) - len(others)
                    await asyncio.gather(*(self._handle(message) for message in others))
                    if others or messages[-1].metadata.num_pending < MANY:
                        break
            finally:
                await subscription.unsubscribe()
        except (NatsError, TimeoutError, PyMongoError) as error:
            self._log.info("nothing more is passed by", reason=repr(error))
        finally:
            self._at_rest.set()
        return passed

    async def _others(self, messages: list[Msg]) -> list[Msg]:
        """Acknowledge what is done, and return the rest; when nobody knows, all of it."""
        places = [_place(message) for message in messages]
        known = [place for place in places if place]
        try:
            done = await all_done(self._store.db, durable=self._durable, places=known)
        except PyMongoError:
            return messages
        others = [message for message, place in zip(messages, places, strict=True) if place not in done]
        for message, place in zip(messages, places, strict=True):
            if place in done:
                await message.ack()
        return others


def _place(message: Msg) -> tuple[str, int] | None:
    """Return the aggregate and the version that the relay says in the headers; None of what has to be looked at."""
    headers = message.headers or {}
    number = headers.get("aggregateversion", "")
    if REPLAY_FOR in headers or not number.isdecimal():
        return None
    return headers.get("aggregate", ""), int(number)
