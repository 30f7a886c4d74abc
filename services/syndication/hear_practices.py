"""What the public events make this service do."""

from __future__ import annotations

from typing import Any

from services.syndication.domain.published import published
from services.syndication.store import Records
from services.syndication.webhooks.doorbell import Doorbell
from services.syndication.webhooks.fan_out import FanOuts
from shared.bus.consumer import Subscription
from shared.events.envelope import Received
from shared.events.registry import PUBLIC
from shared.store.outbox import Transaction


class HearPractices:
    """The handler of the durable ``syndication-practices``: all public events go the same way."""

    def __init__(self, records: Records, doorbell: Doorbell | None = None) -> None:
        """``doorbell`` wakes the deliverer of webhooks in this process, if there is one."""
        self._records = records
        self._fan_outs = FanOuts(hooks=records.hooks, doorbell=doorbell or Doorbell())

    def subscription(self) -> Subscription:
        return Subscription(durable="syndication-practices", handlers=dict.fromkeys(PUBLIC, self.on_published))

    async def on_published(self, event: Received[Any], tx: Transaction) -> None:
        """Keep it, for whoever asks for it again and for the feeds, and queue it for the endpoints that want it."""
        heard = published(event)
        await self._records.log.add(tx, heard)
        await self._records.practices.put(tx, heard)
        self._fan_outs.of(tx).add(heard)
