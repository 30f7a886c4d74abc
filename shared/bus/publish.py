"""Publishing one event of an outbox: the form in which it is on the bus."""

from typing import Any

from nats.js import JetStreamContext

from shared.events.envelope import CONTENT_TYPE

PUBLISH_TIMEOUT_SECONDS = 5.0

Row = dict[str, Any]


async def publish_row(js: JetStreamContext, row: Row, *, message_id: str | None = None) -> bool:
    """Publish one outbox row to each of its targets and wait until every one has stored it.

    Returns whether JetStream had all of them already, by their id.
    """
    headers = {
        "Nats-Msg-Id": message_id or row["_id"],
        "content-type": CONTENT_TYPE,
        "aggregate": row["aggregate"],
        "aggregateversion": str(row["version"]),
    }
    repeated = True
    for target in row["targets"]:
        acknowledged = await js.publish(
            target["subject"],
            bytes(row["body"]),
            stream=target["stream"],
            headers=headers,
            timeout=PUBLISH_TIMEOUT_SECONDS,
        )
        repeated = repeated and bool(acknowledged.duplicate)
    return repeated
