"""The dead letters of one durable, read with no more than its own service's rights.

A consumer that pushes to our own inbox needs one permission, and the server holds it to the subject named there; only
headers are sent. How many there are comes with the first answer; of very many only the end of the stream is read.
"""

import contextlib
from collections import deque

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.bus.topology import DEAD_LETTERS
from shared.ids import new_id
from shared.status.shapes import LettersStatus, LetterStatus
from shared.telemetry.logs import clean

READ_AT_MOST = 200
_ANSWER_SECONDS = 1.0
_FORGOTTEN_AFTER_SECONDS = 5.0  # the server's, once nobody listens


async def letters(connection: Client, durable: str, *, most: int) -> LettersStatus:
    """Return how many dead letters the durable has, and the newest ``most``; of more than ``READ_AT_MOST`` those among
    as many of the newest of all durables.
    """
    count, _ = await _read(connection, durable, DeliverPolicy.ALL, most=0)
    if not count:
        return LettersStatus(count=0, newest=[])
    start = None
    if count > READ_AT_MOST:
        _, last = await _read(connection, durable, DeliverPolicy.LAST, most=1)
        start = max(1, last[-1].id - READ_AT_MOST) if last else None
    policy = DeliverPolicy.ALL if start is None else DeliverPolicy.BY_START_SEQUENCE
    _, newest = await _read(connection, durable, policy, start=start, most=most)
    return LettersStatus(count=count, newest=newest[::-1])


async def _read(
    connection: Client, durable: str, policy: DeliverPolicy, *, start: int | None = None, most: int
) -> tuple[int, list[LetterStatus]]:
    """Return how many letters there are from a place on, and the last ``most`` of them; none are read for 0."""
    inbox = connection.new_inbox()
    subscription = await connection.subscribe(inbox)
    try:
        config = ConsumerConfig(
            name=f"status-{new_id()}",
            deliver_subject=inbox,
            filter_subject=f"dlq.{durable}",
            deliver_policy=policy,
            opt_start_seq=start,
            headers_only=True,
            mem_storage=True,
            inactive_threshold=_FORGOTTEN_AFTER_SECONDS,
            # One on the way at a time where they are only counted.
            ack_policy=AckPolicy.NONE if most else AckPolicy.EXPLICIT,
            max_ack_pending=None if most else 1,
        )
        info = await connection.jetstream(timeout=_ANSWER_SECONDS).add_consumer(DEAD_LETTERS, config)
        count = (info.num_pending or 0) + (info.delivered.consumer_seq if info.delivered else 0)
        found: deque[LetterStatus] = deque(maxlen=most)
        left = count if most else 0
        with contextlib.suppress(NatsTimeoutError):  # some were removed meanwhile
            while left:
                message = await subscription.next_msg(timeout=_ANSWER_SECONDS)
                left = message.metadata.num_pending
                found.append(_letter(message, durable))
        return count, list(found)
    finally:
        await subscription.unsubscribe()


def _letter(message: Msg, durable: str) -> LetterStatus:
    headers = message.headers or {}
    meta = message.metadata
    return LetterStatus(
        id=meta.sequence.stream,
        at=meta.timestamp,
        durable=durable,
        reason=clean(headers.get("x-reason", "")),
        event_type=headers.get("x-event-type", ""),
        subject=headers.get("x-subject", ""),
    )
