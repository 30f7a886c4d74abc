"""Reading the catalogue stream from a place in it, with plain nats-py: its subjects end in ids."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from shared.bus.topology import CATALOGUE

BATCH: Final = 500
_PULL: Final = 100  # at the largest message this stays below what the client holds
_BATCH_BYTES: Final = 16_000_000
_SUBJECTS: Final = "catalogue.*"
_FORGET_AFTER_SECONDS: Final = 60.0
_FETCH_SECONDS: Final = 5.0


class CatalogueLost(Exception):
    """The reader's place on the server is gone; a new reader goes on from the committed sequence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Which stream it is, by when it was made, and its last sequence."""

    stream: str
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. ``delivery`` counts what this reader was sent; ``behind`` what was stored after it by then."""

    sequence: int
    delivery: int
    stored: datetime
    behind: int
    subject: str
    body: bytes
    headers: dict[str, str]


class Catalogue:
    """The stream as a source of messages."""

    def __init__(self, js: JetStreamContext) -> None:
        self._js = js

    @property
    def js(self) -> JetStreamContext:
        return self._js

    async def head(self) -> Head:
        """Return the end of the stream; raises NotFoundError while there is no stream."""
        info = await self._js.stream_info(CATALOGUE)
        return Head(stream=str(info.created or ""), last=info.state.last_seq)

    @contextlib.asynccontextmanager
    async def reading(self, after: int) -> AsyncIterator[Reader]:
        """Read what comes after a sequence, in order. Nothing is acknowledged: the index knows how far it got."""
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=_FORGET_AFTER_SECONDS,
            mem_storage=True,
        )
        subscription = await self._js.pull_subscribe(_SUBJECTS, stream=CATALOGUE, config=config)
        try:
            yield Reader(subscription, self, after=after)
        finally:
            with contextlib.suppress(NatsError):  # NATS may be away; the server forgets the consumer by itself
                await subscription.unsubscribe()


class Reader:
    """A place in the stream that moves on."""

    def __init__(self, subscription: JetStreamContext.PullSubscription, catalogue: Catalogue, *, after: int) -> None:
        self._subscription = subscription
        self._catalogue = catalogue
        self._delivered = 0
        self._behind = 0
        self.sequence = after

    async def next(self, wait: float) -> list[Message]:
        """Return the next messages: a batch of those that are there, else the first to come within ``wait`` seconds.

        Returns nothing when none came. Raises CatalogueLost when messages are there but do not come in order.
        """
        try:
            # A pull for more than is there would wait for the rest; a pull for one returns with the first.
            found = await self._fetch(1, wait)
        except NatsTimeoutError:
            await self._check()
            return []
        size = sum(len(message.body) for message in found)
        while self._behind and len(found) < BATCH and size < _BATCH_BYTES:
            more = await self._fetch(min(self._behind, _PULL), _FETCH_SECONDS)
            size += sum(len(message.body) for message in more)
            found += more
        return found

    async def _fetch(self, many: int, wait: float) -> list[Message]:
        messages = [_message(one) for one in await self._subscription.fetch(many, timeout=wait)]
        for message in messages:
            if message.delivery != self._delivered + 1:  # the client dropped some, which happens when it is slow
                raise CatalogueLost(f"delivery {message.delivery} came after {self._delivered}")
            self._delivered = message.delivery
            self._behind = message.behind
            self.sequence = message.sequence
        return messages

    async def _check(self) -> None:
        """Tell a quiet catalogue from a lost consumer."""
        head = await self._catalogue.head()
        if head.last <= self.sequence:
            return
        try:
            waiting = (await self._subscription.consumer_info()).num_pending or 0
        except NotFoundError:
            waiting = 1
        if waiting:
            raise CatalogueLost(f"messages wait after sequence {self.sequence} and do not come")
        self.sequence = head.last  # what lay between was removed from the stream


def _message(message: Msg) -> Message:
    meta = message.metadata
    return Message(
        sequence=meta.sequence.stream,
        delivery=meta.sequence.consumer,
        stored=meta.timestamp,
        behind=meta.num_pending,
        subject=message.subject,
        body=message.data,
        headers=dict(message.headers or {}),
    )
