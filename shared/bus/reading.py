"""Reading a stream from a place in it, with plain nats-py: what holds no durable and acknowledges nothing.

``reading`` follows it: a consumer on the server that goes away with its reader. ``after`` asks for a piece of it and
leaves nothing on the server (direct get in batches, nats-server 2.11 or newer; its ADR-31).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from pydantic_core import to_json

from shared.bus.topology import made_at

BATCH: Final = 500
_PULL: Final = 100  # at the largest message this stays below what the client holds
_BATCH_BYTES: Final = 16_000_000
_FORGET_AFTER_SECONDS: Final = 60.0
_FETCH_SECONDS: Final = 5.0
_ASK_SECONDS: Final = 5.0
_OF_THE_STREAM: Final = frozenset(
    f"Nats-{name}" for name in ("Stream", "Subject", "Sequence", "Time-Stamp", "Num-Pending", "Last-Sequence")
)
_END, _NOTHING = "204", "404"  # of a batch; of what lies there


class ReadingLost(Exception):
    """The reader's place on the server is gone; a new reader goes on from the last sequence that was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Which stream it is, by when it was made, the sequences of its first and last message, and how many between them
    were deleted.
    """

    made: datetime | None
    first: int
    last: int
    deleted: int = 0

    @property
    def stream(self) -> str:
        """Name the stream among those that ever had its name."""
        return str(self.made or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. ``behind`` counts what was stored after it when it was read."""

    sequence: int
    stored: datetime
    behind: int
    subject: str
    body: bytes
    headers: dict[str, str]


class StoredStream:
    """A stream as a source of messages."""

    def __init__(self, connection: Client, name: str) -> None:
        self.name = name
        self.js: JetStreamContext = connection.jetstream(timeout=5)
        self._connection = connection

    async def head(self) -> Head:
        """Return where the stream begins and ends; raises NotFoundError while there is no stream."""
        info = await self.js.stream_info(self.name)
        state = info.state
        return Head(made=made_at(info), first=state.first_seq, last=state.last_seq, deleted=state.num_deleted or 0)

    async def after(self, sequence: int, *, many: int = BATCH, most_bytes: int = _BATCH_BYTES) -> list[Message]:
        """Return what comes after a sequence, in order: at most so many messages, and bytes in all but the last.

        Nothing means that nothing is there. Raises an error of nats-py when the server does not answer.
        """
        inbox = self._connection.new_inbox()
        subscription = await self._connection.subscribe(inbox)
        asked = to_json({"seq": sequence + 1, "batch": many, "max_bytes": most_bytes})
        found: list[Message] = []
        try:
            await self._connection.publish(f"$JS.API.DIRECT.GET.{self.name}", asked, reply=inbox)
            async with asyncio.timeout(_ASK_SECONDS):
                while True:
                    message = await subscription.next_msg(timeout=None)
                    headers = message.headers or {}
                    match headers.get("Status"):
                        case None:
                            found.append(_stored(message, headers))
                        case str(status) if status in (_END, _NOTHING):
                            return found
                        case status:
                            raise NatsError(f"{self.name} cannot be read: {status} {headers}")
        finally:
            with contextlib.suppress(NatsError):
                await subscription.unsubscribe()

    @contextlib.asynccontextmanager
    async def reading(self, after: int) -> AsyncIterator[Reader]:
        """Read what comes after a sequence, in order. Nothing is acknowledged: the reader knows how far it got."""
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=_FORGET_AFTER_SECONDS,
            mem_storage=True,
        )
        subscription = await self.js.pull_subscribe(">", stream=self.name, config=config)
        try:
            yield Reader(subscription, self, after=after)
        finally:
            with contextlib.suppress(NatsError):  # NATS may be away; the server forgets the consumer by itself
                await subscription.unsubscribe()


class Reader:
    """A place in the stream that moves on."""

    def __init__(self, subscription: JetStreamContext.PullSubscription, stream: StoredStream, *, after: int) -> None:
        self._subscription = subscription
        self._stream = stream
        self._delivered = 0
        self._behind = 0
        self.sequence = after

    async def next(self, wait: float, *, many: int = BATCH) -> list[Message]:
        """Return the next messages: ``many`` at most of those there, else the first to come within ``wait`` seconds.

        Returns nothing when none came. Raises ReadingLost when messages are there but do not come in order.
        """
        try:
            # A pull for more than is there would wait for the rest; a pull for one returns with the first.
            found = await self._fetch(1, wait)
        except NatsTimeoutError:
            await self._check()
            return []
        size = sum(len(message.body) for message in found)
        while self._behind and len(found) < many and size < _BATCH_BYTES:
            more = await self._fetch(min(self._behind, many - len(found), _PULL), _FETCH_SECONDS)
            size += sum(len(message.body) for message in more)
            found += more
        return found

    async def _fetch(self, many: int, wait: float) -> list[Message]:
        fetched = await self._subscription.fetch(many, timeout=wait)
        for delivery in (one.metadata.sequence.consumer for one in fetched):
            if delivery != self._delivered + 1:  # the client dropped some, which happens when it is slow
                raise ReadingLost(f"delivery {delivery} came after {self._delivered}")
            self._delivered = delivery
        messages = [_delivered(one) for one in fetched]
        if messages:
            self._behind = messages[-1].behind
            self.sequence = messages[-1].sequence
        return messages

    async def _check(self) -> None:
        """Tell a quiet stream from a lost consumer."""
        head = await self._stream.head()
        if head.last <= self.sequence:
            return
        try:
            waiting = (await self._subscription.consumer_info()).num_pending or 0
        except NotFoundError:
            waiting = 1
        if waiting:
            raise ReadingLost(f"messages wait after sequence {self.sequence} and do not come")
        self.sequence = head.last  # what lay between was removed from the stream


def _delivered(message: Msg) -> Message:
    meta = message.metadata
    return Message(
        sequence=meta.sequence.stream,
        stored=meta.timestamp,
        behind=meta.num_pending,
        subject=message.subject,
        body=message.data,
        headers=dict(message.headers or {}),
    )


def _stored(message: Msg, headers: dict[str, str]) -> Message:
    return Message(
        sequence=int(headers["Nats-Sequence"]),
        stored=datetime.fromisoformat(headers["Nats-Time-Stamp"]),
        behind=int(headers["Nats-Num-Pending"]),
        subject=headers["Nats-Subject"],
        body=message.data,
        headers={name: value for name, value in headers.items() if name not in _OF_THE_STREAM},
    )
