"""The watchdog: a deleted durable is a silent hot loop in every client, so somebody has to look.

It looks at each durable of its service every ``EVERY_SECONDS`` and makes a durable again that is gone: its service may
create its own and no other. What was delivered before comes again and has no effect, by the inbox.
"""

import asyncio

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from structlog.typing import FilteringBoundLogger

from shared.bus.topology import EVENTS, Durable, durable
from shared.telemetry.metrics import Metrics

EVERY_SECONDS = 15.0


class Watchdog:
    """Watches the durables of one service; ``check`` is also what its readiness asks."""

    def __init__(
        self, names: tuple[str, ...], *, js: JetStreamContext, metrics: Metrics, log: FilteringBoundLogger
    ) -> None:
        self._durables = tuple(durable(name) for name in names)
        self._js = js
        self._log = log
        self._made_again = metrics.counter("durable_made_again", "Durables that were gone and were made again")

    async def run(self) -> None:
        """Look for ever."""
        while True:
            for known in self._durables:
                try:
                    await self.look(known)
                except (NatsError, TimeoutError, OSError) as error:
                    self._log.error("durable cannot be looked at", durable=known.name, error=repr(error))
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self, known: Durable) -> None:
        """Look at one durable and make it again if it is gone; raises NotFoundError if its stream is."""
        try:
            await self._js.consumer_info(EVENTS, known.name)
        except NotFoundError:
            self._log.critical("durable is gone and is made again", durable=known.name)
            await self._js.add_consumer(EVENTS, known.config())
            self._made_again.inc()

    async def check(self) -> None:
        """Raise when one of the durables, or their stream, is missing."""
        for known in self._durables:
            await self._js.consumer_info(EVENTS, known.name)
