"""Saying an event that belongs to no transaction: nothing is written with it, and whoever says it can say it again."""

from datetime import datetime

from nats.js import JetStreamContext

from shared.bus.publish import publish_row
from shared.events.base import EventData
from shared.events.envelope import Envelope, schema_address
from shared.ids import new_id
from shared.store.outbox import EVENTS_STREAM


async def say_at_once(
    js: JetStreamContext, data: EventData, *, source: str, subject: str, aggregate: str, time: datetime
) -> None:
    """Publish the first and only event of an ``aggregate``, and wait until JetStream has stored it."""
    identifier = new_id()
    envelope = Envelope(
        id=identifier,
        source=source,
        type=data.type,
        subject=subject,
        time=time,
        dataschema=schema_address(type(data)),
        partitionkey=aggregate,
        aggregateversion=1,
        correlationid=identifier,
        data=data.model_dump(mode="json"),
    )
    row = {
        "_id": identifier,
        "aggregate": envelope.partitionkey,
        "version": envelope.aggregateversion,
        "targets": [{"stream": EVENTS_STREAM, "subject": data.subject}],
        "body": envelope.to_bytes(),
    }
    await publish_row(js, row)
