"""Events in: from a durable through the inbox into one handler, in one transaction.

What happens to an event, in this order:

- it is replayed for another durable → acknowledged unread;
- its body is no envelope, or its type, version or data is unknown → dead letter with the reason; the aggregate goes on;
- its aggregate version was done with before → acknowledged without effect;
- an earlier version of its aggregate is still missing → delivered again after a delay;
- its handler commits → acknowledged. ``Transient`` or a database that cannot be reached → delivered again after a
  delay; ``Permanent`` → dead letter; any other error is tried ``MAX_ATTEMPTS`` times and then a dead letter.

Events of one aggregate run one after the other in each process; different aggregates run side by side. A service may
have them handled together (``shared.bus.together``); what then cannot be goes this way, as does every redelivery.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from time import time_ns
from typing import Any

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from pymongo.errors import ConnectionFailure, OperationFailure
from structlog.typing import FilteringBoundLogger

from shared.bus.catch_up import MANY, CatchUp
from shared.bus.connect import inbox_prefix
from shared.bus.dead_letters import REPLAY_FOR, bury
from shared.bus.put_off import PutOff
from shared.bus.together import Beforehand, Handler, Heard, Together
from shared.bus.topology import ACK_WAIT_SECONDS, EVENTS, durable
from shared.bus.workers import Workers
from shared.errors import Permanent, Transient
from shared.events.base import EventData
from shared.events.envelope import Envelope, Received, decode, parse_envelope
from shared.store.client import Store
from shared.store.inbox import Turn, pass_by, skip, take_turn
from shared.store.outbox import Transaction
from shared.telemetry.metrics import Metrics
from shared.telemetry.spans import Kind
from shared.telemetry.trace import Trace, parse, resumed, step_after

MAX_ATTEMPTS = 8
# Ten minutes: what a process held that was killed comes back after the wait for its acknowledgement, and the next
# process that takes it may be killed as well. The events behind it wait until then. They wait one for the other: each
# in turn goes on at its own next delivery, so those have to be close together, or a row of them takes many minutes.
GAP_ATTEMPTS = 126
LONGEST_GAP_SECONDS = 5.0
MAX_DELIVERIES = 200
LONGEST_DELAY_SECONDS = 30.0
WORKERS = 16
# What a process held that died of one event comes again together, half a minute later. Each then begins at a time of
# its own, or it would be torn along each time, and in the end be a dead letter with the one that it died of.
APART_AFTER, APART_SECONDS = 2, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What one durable does with each type of event; types that are not named have no effect.

    Where events are handled together, ``beforehand`` is called with each before the first is handled, to note what
    can be loaded at once, and the ``urgent`` ones do not wait for others.
    """

    durable: str
    handlers: Mapping[type[EventData], Handler]
    beforehand: Beforehand | None = None
    urgent: Collection[type[EventData]] = ()


class Counts:
    """What one service counts about its consumers."""

    def __init__(self, metrics: Metrics) -> None:
        self.spans = metrics.spans
        self.outcomes = metrics.counter("events", "Events by what became of them", ("durable", "outcome"))
        self.age = metrics.histogram("event_age_seconds", "From said to handled", ("durable",))


class _Early(Transient):
    """An earlier event of the aggregate has not been seen yet."""


def delay(attempt: int, longest: float = LONGEST_DELAY_SECONDS) -> float:
    """Seconds to wait before the next delivery: doubling from a tenth, at most half a minute."""
    return min(longest, 0.1 * 2.0 ** min(attempt - 1, 12))


class Consumer:
    """One durable of one service."""

    def __init__(
        self,
        subscription: Subscription,
        *,
        store: Store,
        js: JetStreamContext,
        counts: Counts,
        log: FilteringBoundLogger,
        together: Together | None = None,
    ) -> None:
        self.durable = subscription.durable
        self._together = together
        self._handlers = {event.type: handler for event, handler in subscription.handlers.items()}
        self._beforehand = subscription.beforehand
        self._urgent = {event.type for event in subscription.urgent}
        self._store = store
        self._js = js
        self._log = log.bind(durable=self.durable)
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}
        self._counts = counts
        self._repeating = False
        self._put_off = PutOff()
        self._catch_up = CatchUp(self.durable, store=store, js=js, handle=self.receive, log=self._log)
        self._workers = Workers(self.receive, most=WORKERS, ready=self._catch_up.at_rest, log=self._log)

    def attach(self, broker: NatsBroker, *, service: str) -> None:
        """Bind to the durable, which provisioning has made."""
        known = durable(self.durable)
        subscriber = broker.subscriber(
            known.filter_subject,
            stream=JStream(EVENTS, declare=False),
            durable=self.durable,
            pull_sub=PullSub(batch_size=1, timeout=5.0),
            ack_policy=AckPolicy.MANUAL,
            inbox_prefix=f"{inbox_prefix(service)}.".encode(),
            no_reply=True,
        )
        self._workers.serve(subscriber)

    async def leave(self) -> None:
        """Ask for no more; called before the broker stops."""
        await self._workers.leave()

    async def stop(self) -> None:
        """Give up what is under way still; called when the broker has stopped."""
        await self._workers.stop()

    async def receive(self, message: Msg) -> None:
        """Take one delivery to its end."""
        headers = dict(message.headers or {})
        if headers.get(REPLAY_FOR, self.durable) != self.durable:
            await message.ack()
            return
        await self._take(message, headers)
        if self._repeating and message.metadata.num_pending >= MANY:
            passed = await self._catch_up.pass_by()
            self._counts.outcomes.labels(durable=self.durable, outcome="repeated").inc(passed)

    async def _take(self, message: Msg, headers: dict[str, str]) -> None:
        attempt = message.metadata.num_delivered
        with _KeptAlive(message):
            if attempt > APART_AFTER and message.metadata.sequence.stream not in self._put_off:
                await asyncio.sleep(random.uniform(0, APART_SECONDS))  # noqa: S311 - nobody gains by guessing it
            if self._together and attempt == 1 and (outcome := await self._with_others(message.data, self._together)):
                await self._answer(message, outcome)
                return
            async with self._turn_of(headers.get("aggregate", "")):
                outcome = await self._handle(message, headers, attempt=attempt)
                await self._answer(message, outcome)

    async def _answer(self, message: Msg, outcome: "_Outcome") -> None:
        self._counts.outcomes.labels(durable=self.durable, outcome=outcome.name).inc()
        self._repeating = outcome.name == "repeated"
        if outcome.retry_after is None:
            self._put_off.discard(message.metadata.sequence.stream)
            await message.ack()
        else:
            self._put_off.add(message.metadata.sequence.stream)
            await message.nak(delay=outcome.retry_after)

    async def _with_others(self, body: bytes, together: Together) -> "_Outcome | None":
        """Handle it in one transaction with others; None when it has to be handled by itself, as if not tried."""
        try:
            received = decode(parse_envelope(body))
        except Permanent:
            return None
        handler = self._handlers.get(received.envelope.type)
        began, trace = time_ns(), step_after(parse(received.envelope.traceparent))
        heard = Heard(
            durable=self.durable,
            event=received,
            trace=trace,
            handler=handler,
            beforehand=self._beforehand,
            urgent=received.envelope.type in self._urgent,
        )
        if not await together.handle(heard):
            return None
        with resumed(trace):
            self._tell(received, effect=handler is not None)
        self._told(received, trace, began)
        return _Outcome("handled" if handler else "passed")

    def _tell(self, received: Received[Any], *, effect: bool) -> None:
        self._counts.age.labels(durable=self.durable).observe((self._store.clock() - received.time).total_seconds())
        self._log.info("event handled", event_type=received.envelope.type, event_id=received.id, effect=effect)

    def _told(self, received: Received[Any], trace: Trace, began: int, *, failed: bool = False) -> None:
        """Tell the step to whoever collects traces."""
        if spans := self._counts.spans:
            spans.ended(
                f"process {self.durable}",
                trace,
                parent=parse(received.envelope.traceparent),
                kind=Kind.CONSUMER,
                began=began,
                ended=time_ns(),
                attributes={
                    "messaging.system": "nats",
                    "messaging.operation.type": "process",
                    "messaging.consumer.group.name": self.durable,
                    "messaging.message.id": received.id,
                    "practice_exchange.event.type": received.envelope.type,
                },
                failed=failed,
            )

    async def _handle(self, message: Msg, headers: dict[str, str], *, attempt: int) -> "_Outcome":
        envelope: Envelope | None = None
        try:
            envelope = parse_envelope(message.data)
            if attempt > MAX_DELIVERIES:
                raise Permanent(f"delivered {attempt} times without an outcome")
            return await self._apply(envelope)
        except Permanent as error:
            reason = str(error)
        except (Transient, ConnectionFailure) as error:
            gap = isinstance(error, _Early)
            if not gap or attempt < GAP_ATTEMPTS:
                self._log.info("event waits", event_id=envelope and envelope.id, attempt=attempt, reason=str(error))
                longest = LONGEST_GAP_SECONDS if gap else LONGEST_DELAY_SECONDS
                return _Outcome("retried", retry_after=delay(attempt, longest))
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises must not end the consumer
            self._log.exception("event failed", event_id=envelope and envelope.id, attempt=attempt)
            if attempt < MAX_ATTEMPTS or _database_is_busy(error):
                return _Outcome("retried", retry_after=delay(attempt))
            reason = f"{type(error).__name__}: {error}"
        return await self._give_up(reason, message, headers, envelope, attempt=attempt)

    async def _apply(self, envelope: Envelope) -> "_Outcome":
        received = decode(envelope)
        handler = self._handlers.get(envelope.type)

        if handler is None and await pass_by(
            self._store.db, durable=self.durable, aggregate=received.aggregate, version=received.version
        ):
            return _Outcome("passed")

        async def act(tx: Transaction) -> Turn:
            turn = await take_turn(tx, durable=self.durable, aggregate=received.aggregate, version=received.version)
            if turn is Turn.EARLY:
                raise _Early(f"an event of {received.aggregate} before version {received.version} is still missing")
            if turn is not Turn.DONE and handler:
                await handler(received, tx)
            return turn

        began, trace = time_ns(), step_after(parse(envelope.traceparent))
        with resumed(trace):
            try:
                turn = await self._store.transact(act, cause=envelope)
            except BaseException:
                self._told(received, trace, began, failed=True)
                raise
            if turn is Turn.DONE:
                return _Outcome("repeated")
            self._tell(received, effect=handler is not None)
        self._told(received, trace, began)
        return _Outcome("handled" if handler else "passed")

    async def _give_up(
        self,
        reason: str,
        message: Msg,
        headers: dict[str, str],
        envelope: Envelope | None,
        *,
        attempt: int,
    ) -> "_Outcome":
        """Bury it first, then let its aggregate go on: a crash in between buries the same letter once."""
        meta = message.metadata
        event_id = envelope.id if envelope else headers.get("Nats-Msg-Id", "")
        try:
            await bury(
                self._js,
                durable=self.durable,
                reason=reason,
                subject=message.subject,
                stream=meta.stream,
                sequence=meta.sequence.stream,
                attempts=attempt,
                body=message.data,
                headers=headers,
                event_id=event_id,
                event_type=envelope.type if envelope else "",
                stored=meta.timestamp,
            )
            await self._skip(headers, envelope)
        except Exception:  # noqa: BLE001 - without a stored letter the event must come again
            self._log.exception("dead letter not stored yet", reason=reason, event_id=event_id)
            return _Outcome("retried", retry_after=delay(attempt))
        self._log.error("event is a dead letter", reason=reason, event_id=event_id)
        return _Outcome("dead")

    async def _skip(self, headers: dict[str, str], envelope: Envelope | None) -> None:
        aggregate = envelope.partitionkey if envelope else headers.get("aggregate", "")
        number = str(envelope.aggregateversion) if envelope else headers.get("aggregateversion", "")
        if not aggregate or not number.isdecimal():
            return

        async def act(tx: Transaction) -> None:
            await skip(tx, durable=self.durable, aggregate=aggregate, version=int(number))

        await self._store.transact(act)

    @contextlib.asynccontextmanager
    async def _turn_of(self, key: str) -> AsyncIterator[None]:
        """Hold the lock of one aggregate; locks nobody waits for are forgotten."""
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = (lock, users - 1)


@dataclass(frozen=True, slots=True)
class _Outcome:
    name: str
    retry_after: float | None = None


def _database_is_busy(error: Exception) -> bool:
    return isinstance(error, OperationFailure) and error.has_error_label("TransientTransactionError")


class _KeptAlive:
    """Tells the server, for as long as the block runs, that the work goes on, so that it is not delivered twice."""

    def __init__(self, message: Msg) -> None:
        self._message = message
        self._telling: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(ACK_WAIT_SECONDS / 3, self._tell)

    def _tell(self) -> None:
        self._telling = asyncio.ensure_future(self._message.in_progress())
        self.__enter__()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
