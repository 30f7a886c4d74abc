"""What the events of webhooks make this service do: tell an endpoint's owner that it was disabled."""

from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import Kind
from services.notifications.hearing import Hearings
from services.notifications.tell import Telling
from shared.bus.consumer import Subscription
from shared.events.envelope import Received
from shared.events.webhooks import WebhookDisabled
from shared.store.outbox import Transaction


class HearWebhooks:
    def __init__(self, hearings: Hearings) -> None:
        self._hearings = hearings

    def subscription(self) -> Subscription:
        return Subscription(durable="notifications-webhooks", handlers={WebhookDisabled: self.on_disabled})

    async def on_disabled(self, event: Received[WebhookDisabled], tx: Transaction) -> None:
        data = event.data
        facts = Facts(contribution_id=data.endpoint_id, endpoint=data.name, ended=data.reason)
        telling = Telling(event_id=event.id, at=event.time, kind=Kind.WEBHOOK_DISABLED, facts=facts)
        self._hearings.of(tx).tell(telling, (data.owner_id,))
