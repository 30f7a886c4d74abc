"""What other services say of publications, kept for receipts."""

from services.syndication.store import Records
from shared.bus.consumer import Subscription
from shared.events.envelope import Received
from shared.events.publications import PublicationsIndexed, PublicationsNotified, PublicationsSubmitted
from shared.store.outbox import Transaction


class HearPublications:
    """The handlers of the durable ``syndication-publications``."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def subscription(self) -> Subscription:
        return Subscription(
            durable="syndication-publications",
            handlers={
                PublicationsIndexed: self.on_indexed,
                PublicationsNotified: self.on_notified,
                PublicationsSubmitted: self.on_submitted,
            },
        )

    async def on_indexed(self, event: Received[PublicationsIndexed], tx: Transaction) -> None:
        """Note since when search finds them."""
        await self._records.reaches.indexed(tx, event.data.publications)

    async def on_notified(self, event: Received[PublicationsNotified], tx: Transaction) -> None:
        """Note how many mails and inbox entries tell of them."""
        await self._records.reaches.notified(tx, event.data.publications)

    async def on_submitted(self, event: Received[PublicationsSubmitted], tx: Transaction) -> None:
        """Note which organisations may see what became of them, beside those that lead them."""
        await self._records.reaches.submitted(tx, event.data.publications)
