"""Writing down attempts, many at a time: those that ended while the ones before were written down."""

import asyncio
from typing import Final

from pymongo.errors import PyMongoError

from services.syndication.webhooks.domain.attempt import Attempt, Verdict
from services.syndication.webhooks.store import Deliveries
from services.syndication.webhooks.store.deliveries import Delivery
from shared.telemetry.logs import Log

_AGAIN_SECONDS: Final = 0.5
_TRIES: Final = 20


class Recording:
    def __init__(self, deliveries: Deliveries, log: Log) -> None:
        self._deliveries = deliveries
        self._log = log
        self._made: list[tuple[Delivery, Attempt, Verdict]] = []
        self._writing = asyncio.Lock()

    async def record(self, delivery: Delivery, attempt: Attempt, verdict: Verdict) -> None:
        """Return when it is written down, by this call or another; raises PyMongoError when the database stays away.

        What is not written down is sent again: at least once is what we promise.
        """
        self._made.append((delivery, attempt, verdict))
        async with self._writing:
            made, self._made = self._made, []
            if made:
                await self._write(made)

    async def _write(self, made: list[tuple[Delivery, Attempt, Verdict]]) -> None:
        for left in range(_TRIES, 0, -1):
            try:
                await self._deliveries.settle(made)
            except PyMongoError as error:
                self._log.warning("attempts are not written down yet", count=len(made), error=str(error))
                if left == 1:
                    raise
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return
