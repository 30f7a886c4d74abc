"""Dead letters: events that a consumer could not handle, kept in a stream of their own with the reason.

The original bytes are the body. Headers: ``x-reason``, ``x-durable``, ``x-subject``, ``x-stream``, ``x-sequence``,
``x-attempts``, ``x-event-id``, ``x-event-type`` (where they could be read), and the original ``aggregate`` and
``aggregateversion``. Of a discarded one a note stays under ``discarded.<durable>``: the headers that begin with ``x-``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RawStreamMsg
from nats.js.errors import NotFoundError

from shared.bus.topology import CATALOGUE, DEAD_LETTERS, DURABLES, EVENTS
from shared.errors import NotFound

SEARCH = "search"  # reads the catalogue without a durable
FILED_BY = (*(durable.name for durable in DURABLES), SEARCH)

REPLAY_FOR = "replay-for"
_REASON_CHARACTERS = 500
_FETCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One dead letter. ``number`` is its sequence in the dead-letter stream, which the commands take."""

    number: int
    at: datetime
    durable: str
    reason: str
    subject: str
    stream: str
    sequence: int
    attempts: int
    event_id: str
    event_type: str
    body: bytes


def one_line(text: str) -> str:
    """Fold a reason to one line that a NATS header can hold."""
    folded = " ".join(text.split()).encode("ascii", "backslashreplace").decode("ascii")
    return folded[:_REASON_CHARACTERS] or "unknown"


async def bury(
    js: JetStreamContext,
    *,
    durable: str,
    reason: str,
    subject: str,
    stream: str,
    sequence: int,
    attempts: int,
    body: bytes,
    headers: dict[str, str],
    event_id: str = "",
    event_type: str = "",
    stored: datetime | None = None,
    message_id: str | None = None,
) -> None:
    """Store a dead letter and wait until it is stored; storing the same delivery twice keeps one.

    ``stored`` is when the stream stored the event: one that was made again has the same sequences for others.
    """
    of_the_message = f"{stream}:{durable}:{sequence}" + (f":{stored.timestamp():.6f}" if stored else "")
    kept: dict[str, Any] = {
        name: headers[name] for name in ("aggregate", "aggregateversion", "content-type") if name in headers
    }
    await js.publish(
        f"dlq.{durable}",
        body,
        stream=DEAD_LETTERS,
        timeout=5,
        headers={
            **kept,
            "Nats-Msg-Id": message_id or of_the_message,
            "x-reason": one_line(reason),
            "x-durable": durable,
            "x-subject": subject,
            "x-stream": stream,
            "x-sequence": str(sequence),
            "x-attempts": str(attempts),
            "x-event-id": one_line(event_id) if event_id else "",
            "x-event-type": one_line(event_type) if event_type else "",
        },
    )


async def dead_letters(
    js: JetStreamContext, *, durable: str | None = None, discarded: bool = False
) -> list[DeadLetter]:
    """Read every dead letter, oldest first; of one durable where it is named. Or the notes of discarded ones."""
    subject = f"{'discarded' if discarded else 'dlq'}.{durable or '>'}"
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE, filter_subject=subject, inactive_threshold=30
    )
    reader = await js.pull_subscribe(subject, stream=DEAD_LETTERS, config=config)
    found: list[DeadLetter] = []
    try:
        waiting = (await reader.consumer_info()).num_pending or 0
        while len(found) < waiting:
            for message in await reader.fetch(min(_FETCH, waiting - len(found)), timeout=5):
                meta = message.metadata
                found.append(_read(meta.sequence.stream, meta.timestamp, message.headers or {}, message.data))
    except NatsTimeoutError:
        pass  # letters were removed while reading
    finally:
        await reader.unsubscribe()
    return found


async def dead_letter(js: JetStreamContext, number: int) -> DeadLetter:
    """Read one; raises NotFound when there is none of that number, or only the note of one that was discarded."""
    try:
        message: RawStreamMsg = await js.get_msg(DEAD_LETTERS, number)
    except NotFoundError as error:
        raise NotFound(f"there is no dead letter {number}; 'list' shows those there are") from error
    if (message.subject or "").startswith("discarded."):
        raise NotFound(f"{number} is the note of a dead letter that was discarded; 'list --discarded' shows it")
    return _read(number, message.time, message.headers or {}, message.data or b"")


async def replay(js: JetStreamContext, letter: DeadLetter) -> None:
    """Publish its event again, for the durable that gave it up; then take it out of the dead letters.

    Every other durable of the family acknowledges it unread, by the ``replay-for`` header.
    """
    message = await js.get_msg(DEAD_LETTERS, letter.number)
    headers = {
        name: value
        for name, value in (message.headers or {}).items()
        if name in {"aggregate", "aggregateversion", "content-type"}
    }
    headers |= {REPLAY_FOR: letter.durable, "Nats-Msg-Id": f"replay:{letter.number}"}
    await js.publish(letter.subject, letter.body, stream=EVENTS, headers=headers, timeout=5)
    await js.delete_msg(DEAD_LETTERS, letter.number)


async def discard(js: JetStreamContext, letter: DeadLetter) -> None:
    """Take it out of the dead letters for good; a note without its body stays under ``discarded.<durable>``."""
    message = await js.get_msg(DEAD_LETTERS, letter.number)
    headers = {name: value for name, value in (message.headers or {}).items() if name.startswith("x-")}
    headers["Nats-Msg-Id"] = f"discarded:{letter.number}"
    await js.publish(f"discarded.{letter.durable or 'nobody'}", b"", stream=DEAD_LETTERS, headers=headers, timeout=5)
    await js.delete_msg(DEAD_LETTERS, letter.number)


async def count_discarded(js: JetStreamContext) -> int:
    """Return how many were discarded, of those that the stream still remembers."""
    state = (await js.stream_info(DEAD_LETTERS, subjects_filter="discarded.>")).state
    return sum((state.subjects or {}).values())


def cannot_be_replayed(letter: DeadLetter) -> str:
    """Say why a letter cannot be given back; empty when it can."""
    if letter.stream == CATALOGUE:
        # Publishing it again would put an old snapshot in the place of the latest.
        return f"dead letter {letter.number} is of the catalogue, which search reads again when it is told to rebuild"
    if letter.durable not in {durable.name for durable in DURABLES}:
        return f"dead letter {letter.number} is of {letter.durable or 'nobody'}, which is no durable"
    return ""


def _read(number: int, at: datetime | None, headers: dict[str, str], body: bytes) -> DeadLetter:
    return DeadLetter(
        number=number,
        at=at or datetime.now(UTC),
        durable=headers.get("x-durable", ""),
        reason=headers.get("x-reason", ""),
        subject=headers.get("x-subject", ""),
        stream=headers.get("x-stream", ""),
        sequence=int(headers.get("x-sequence", "0")),
        attempts=int(headers.get("x-attempts", "0")),
        event_id=headers.get("x-event-id", ""),
        event_type=headers.get("x-event-type", ""),
        body=body,
    )
