"""The test ping: an event of its own, sent to one endpoint when its people ask for it, and to nobody else."""

from datetime import datetime

from services.syndication.webhooks.domain.endpoint import Endpoint
from shared.events.envelope import Envelope, schema_address
from shared.events.webhooks import WebhookPinged
from shared.ids import new_id


def ping(endpoint: Endpoint, now: datetime, *, source: str) -> Envelope:
    """Return a ping: the same envelope as every event; its ``data`` names the endpoint, and it concerns no practice."""
    event_id = new_id()
    return Envelope(
        id=event_id,
        source=source,
        type=WebhookPinged.type,
        subject=endpoint.id,
        time=now,
        dataschema=schema_address(WebhookPinged),
        partitionkey=f"ping:{event_id}",
        aggregateversion=1,
        correlationid=event_id,
        data=WebhookPinged(endpoint_id=endpoint.id, name=endpoint.name).model_dump(mode="json"),
    )
