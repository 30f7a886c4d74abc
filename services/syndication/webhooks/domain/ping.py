"""The test ping: an event of its own, sent to one endpoint when its people ask for it, and to nobody else."""

from datetime import datetime

from services.syndication.webhooks.domain.endpoint import Endpoint
from shared.events.base import TYPE_PREFIX
from shared.events.envelope import SCHEMA_BASE, Envelope
from shared.ids import new_id

PING_TYPE = TYPE_PREFIX + "webhook.pinged.v1"


def ping(endpoint: Endpoint, now: datetime, *, source: str) -> Envelope:
    """Return a ping: the same envelope as every event; its ``data`` names the endpoint, and it concerns no practice."""
    event_id = new_id()
    return Envelope(
        id=event_id,
        source=source,
        type=PING_TYPE,
        subject=endpoint.id,
        time=now,
        dataschema=f"{SCHEMA_BASE}{PING_TYPE}.json",
        partitionkey=f"ping:{event_id}",
        aggregateversion=1,
        correlationid=event_id,
        data={"endpoint_id": endpoint.id, "name": endpoint.name},
    )
