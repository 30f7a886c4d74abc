"""Writing down what became of mails under way."""

import asyncio

from pymongo.errors import PyMongoError
from structlog.typing import FilteringBoundLogger

from services.notifications.domain.ledger import Entry, State
from services.notifications.store.deliveries import Deliveries, Delivery
from shared.clock import Clock

GATHER_SECONDS = 0.05  # the mails of one event go within it; a lease is much longer
_AGAIN_SECONDS = 0.5


class Recording:
    """Of the mails that went, writes down together those that went within a moment.

    What a crash in that moment leaves is in doubt, as any mail is that was handed over and not written down.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        *,
        clock: Clock,
        log: FilteringBoundLogger,
        gather_seconds: float = GATHER_SECONDS,
    ) -> None:
        self._deliveries = deliveries
        self._clock = clock
        self._log = log
        self._gather_seconds = gather_seconds
        self._gone: list[tuple[Delivery, Entry]] = []
        self._writing = asyncio.Lock()

    async def record(self, delivery: Delivery, entry: Entry) -> None:
        """Return when it is written down, by this call or by another that took it along."""
        if entry.state is not State.SENT:
            await self.record_alone(delivery, entry)
            return
        self._gone.append((delivery, entry))
        async with self._writing:
            if not self._gone:
                return
            await asyncio.sleep(self._gather_seconds)
            taken, self._gone = self._gone, []
            await self._record_gone(taken)

    async def _record_gone(self, gone: list[tuple[Delivery, Entry]]) -> None:
        if len(gone) > 1:
            try:
                ours = await self._deliveries.settle_sent([delivery for delivery, _ in gone], self._clock())
            except PyMongoError as error:
                self._log.warning("mails that went are written down one by one", count=len(gone), error=str(error))
            else:
                if ours != len(gone):
                    self._log.error("somebody else took mails under way", count=len(gone) - ours)
                return
        for delivery, entry in gone:
            await self.record_alone(delivery, entry)

    async def record_alone(self, delivery: Delivery, entry: Entry) -> None:
        """Write down what became of one, trying for as long as the lease is ours."""
        while True:
            try:
                if not await self._deliveries.settle(delivery, entry, self._clock()):
                    self._log.error("somebody else took a mail under way", kind=delivery.kind_name)
            except PyMongoError as error:
                if delivery.lease_until is None or self._clock() >= delivery.lease_until:
                    self._log.error("an outcome could not be recorded", kind=delivery.kind_name, error=str(error))
                    return
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return
