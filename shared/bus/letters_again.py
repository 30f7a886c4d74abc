"""Filing dead letters again whose stream was lost: the inboxes know which events were given up, the outboxes have them.

Why they were given up is lost, and so is which of them were discarded: those are letters again too, for a person to
look at.
"""

from collections.abc import Sequence
from typing import Any

from nats.js import JetStreamContext
from pymongo import AsyncMongoClient

from shared.bus.dead_letters import bury, dead_letters
from shared.events.envelope import parse_envelope
from shared.store.inbox import INBOX
from shared.store.outbox import EVENTS_STREAM, OUTBOX

REASON = "given up before; why was lost with its letter"

Client = AsyncMongoClient[dict[str, Any]]


async def file_again(
    client: Client, js: JetStreamContext, *, inboxes: Sequence[str], outboxes: Sequence[str], repair: bool
) -> int:
    """Return how many events were given up of which there is neither a letter nor a note; with ``repair`` file them.

    ``inboxes`` and ``outboxes`` are names of databases. What no outbox has any more stays as it is.
    """
    letters = [*await dead_letters(js), *await dead_letters(js, discarded=True)]
    filed = {(letter.durable, letter.event_id) for letter in letters}
    missing = 0
    for name in inboxes:
        async for row in client[name][INBOX].find({"skipped.0": {"$exists": True}}):
            durable, _, aggregate = row["_id"].partition("/")
            for version in row["skipped"]:
                said = await _said(client, outboxes, aggregate, version)
                if said is None or (durable, said["_id"]) in filed:
                    continue
                missing += 1
                if repair:
                    await _file(js, durable, said)
    return missing


async def _said(client: Client, outboxes: Sequence[str], aggregate: str, version: int) -> dict[str, Any] | None:
    for name in outboxes:
        if row := await client[name][OUTBOX].find_one({"aggregate": aggregate, "version": version}):
            return row
    return None


async def _file(js: JetStreamContext, durable: str, row: dict[str, Any]) -> None:
    body = bytes(row["body"])
    await bury(
        js,
        durable=durable,
        reason=REASON,
        subject=next(target["subject"] for target in row["targets"] if target["stream"] == EVENTS_STREAM),
        stream=EVENTS_STREAM,
        sequence=0,  # of a stream that may be gone as well
        attempts=0,
        body=body,
        headers={"aggregate": row["aggregate"], "aggregateversion": str(row["version"])},
        event_id=row["_id"],
        event_type=parse_envelope(body).type,
        message_id=f"again:{durable}:{row['_id']}",
    )
