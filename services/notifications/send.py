"""The sender: takes mails from the ledger, one attempt at a time, and records what each came to.

A mail is claimed under a lease before its text is handed over, and settled after. A process that dies in between
leaves its claim to run out: nobody knows then whether the mail went, so it becomes ``unknown`` and is resent once under
the same Message-ID. Any number of senders may run, in any number of processes.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from pymongo.errors import PyMongoError
from structlog.typing import FilteringBoundLogger

from services.notifications.compose import Composer, Unwanted
from services.notifications.domain.ledger import Entry, Outcome, State, Verdict, doubt, settle
from services.notifications.domain.person import Person
from services.notifications.message import to_bytes
from services.notifications.record import Recording
from services.notifications.smtp import Envelope
from services.notifications.store import Records
from services.notifications.store.deliveries import Delivery
from services.notifications.tray import Handed, Tray
from shared.clock import Clock
from shared.ids import new_id
from shared.tasks import seen_through, stopped
from shared.telemetry.metrics import Metrics

GRACE_SECONDS = 10.0
# What is left of a lease when an attempt is called off, so that its end can still be recorded.
_MARGIN = 0.2
# For so long after a mail was queued, its person is taken to be as they were then.
_FRESH = timedelta(seconds=1)


class Post(Protocol):
    """A way to hand over mail; each takes one mail at a time."""

    async def send(self, mail: Envelope) -> Outcome: ...

    async def close(self) -> None: ...


class Sender:
    """Sends what is due with ``connections`` at once, each kept open between mails: what lies on the ``tray`` first."""

    def __init__(
        self,
        records: Records,
        composer: Composer,
        open_post: Callable[[], Post],
        tray: Tray,
        *,
        connections: int,
        lease: timedelta,
        sweep_seconds: float,
        clock: Clock,
        metrics: Metrics,
        log: FilteringBoundLogger,
    ) -> None:
        self._records = records
        self._composer = composer
        self._open_post = open_post
        self._tray = tray
        self._recording = Recording(records.deliveries, clock=clock, log=log)
        self._connections = connections
        self._lease = lease
        self._sweep_seconds = sweep_seconds
        self._clock = clock
        self._log = log
        self._claim = new_id()
        self._awake = asyncio.Event()
        self._looks = True  # whether the ledger may have something due
        self._attempts = metrics.counter("mail_attempts", "Attempts to send a mail, by what they came to", ("outcome",))
        self._doubts = metrics.counter("mail_doubts", "Mails that may or may not have gone, so are sent again")

    async def run(self) -> None:
        """Send until cancelled; then finish what is under way and close the connections."""
        posts = [self._open_post() for _ in range(self._connections)]
        idle: asyncio.LifoQueue[Post] = asyncio.LifoQueue()  # the warm one first
        for post in posts:
            idle.put_nowait(post)
        busy: set[asyncio.Task[None]] = set()
        looking = [asyncio.create_task(self._watch()), asyncio.create_task(self._sweep())]
        self._tray.open(self._awake.set)
        try:
            while True:
                post = await idle.get()
                self._awake.clear()
                handed = self._tray.take() or await self._next()
                if handed is None:
                    idle.put_nowait(post)
                    await self._awake.wait()
                    continue
                task = asyncio.create_task(self._work(handed, post, idle))
                busy.add(task)
                task.add_done_callback(busy.discard)
        finally:
            await seen_through(self._end(looking, busy, posts))

    async def _end(self, looking: list[asyncio.Task[None]], busy: set[asyncio.Task[None]], posts: list[Post]) -> None:
        """Finish what is under way and close the connections."""
        await self._tray.close(self._put_back)
        if busy:
            await asyncio.wait(busy, timeout=GRACE_SECONDS)
        await stopped(*looking, *busy)
        await asyncio.gather(*(post.close() for post in posts), return_exceptions=True)

    async def _work(self, handed: Handed, post: Post, idle: asyncio.Queue[Post]) -> None:
        """Make one attempt; the connection is free for the next while its outcome is written down."""
        try:
            entry = await self._attempt(handed, post)
        finally:
            idle.put_nowait(post)
        if entry is not None:
            await self._recording.record(handed.delivery, entry)

    async def send_due(self) -> int:
        """Send everything that is due now, one after the other; returns how many attempts that took."""
        post = self._open_post()
        attempts = 0
        self._looks = True
        try:
            while handed := await self._next():
                entry = await self._attempt(handed, post)
                if entry is not None:
                    await self._recording.record_alone(handed.delivery, entry)
                attempts += 1
        finally:
            await post.close()
        return attempts

    async def recover(self) -> int:
        """Mark what a sender left behind as unknown; returns how many. What a clock that was ahead put off is due."""
        now = self._clock()
        if brought := await self._records.deliveries.bring_forward(now):
            self._log.warning("mails waited for a time that a wrong clock had told", count=brought)
        left = await self._records.deliveries.abandoned(now)
        for delivery in left:
            entry = doubt(delivery.entry, "its sender did not come back", now)
            if await self._records.deliveries.settle(delivery, entry, now):
                self._doubts.inc()
                self._log.warning("a mail may or may not have gone", doubts=entry.doubts, kind=delivery.kind_name)
        return len(left)

    async def _next(self) -> Handed | None:
        """Claim a mail; when cancelled meanwhile, put it back, so that stopping leaves nothing in doubt."""
        if not self._looks:
            return None
        self._looks = False
        claim = f"{self._claim}:{new_id()}"
        claiming = asyncio.ensure_future(self._records.deliveries.claim(self._clock(), claim=claim, lease=self._lease))
        try:
            delivery = await asyncio.shield(claiming)
        except asyncio.CancelledError:
            await seen_through(self._give_back(claiming))
            raise
        except PyMongoError as error:
            self._log.warning("the ledger cannot be read", error=str(error))
            return None
        if delivery is None:
            return None
        self._look()
        return Handed(delivery=delivery)

    async def _give_back(self, claiming: asyncio.Future[Delivery | None]) -> None:
        with contextlib.suppress(PyMongoError, TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                if delivery := await claiming:
                    await self._put_back(delivery)

    def _look(self) -> None:
        """Have the ledger looked at for what is due."""
        self._looks = True
        self._awake.set()

    async def _put_back(self, delivery: Delivery) -> None:
        """Let another have a mail that certainly was not handed over."""
        now = self._clock()
        state = State.UNKNOWN if delivery.entry.doubts else State.QUEUED
        with contextlib.suppress(PyMongoError):  # then its lease runs out
            await self._records.deliveries.settle(delivery, replace(delivery.entry, state=state, not_before=now), now)

    async def _attempt(self, handed: Handed, post: Post) -> Entry | None:
        """Return how the entry stands after it, or None when there is nothing to write down."""
        delivery = handed.delivery
        if self._seconds_left(delivery) < self._lease.total_seconds() / 2:
            await self._put_back(delivery)  # it lay too long behind a slow relay
            self._look()
            return None
        try:
            person = await self._present(handed)
            if person is None or person.unreachable:
                reason = person.unreachable if person else "not-signed-in"
                return replace(delivery.entry, state=State.HELD, not_before=None, reason=reason)
            return await self._send(delivery, person, post)
        except PyMongoError as error:
            # Nothing was recorded: the lease runs out and the mail counts as doubtful, which is the truth.
            self._log.error("an attempt could not be recorded", kind=delivery.kind_name, error=str(error))
            return None

    async def _present(self, handed: Handed) -> Person | None:
        """Return the person as they are now: what they want, and where to write to, may have changed."""
        if handed.person and self._clock() - handed.delivery.entry.queued_at < _FRESH:
            return handed.person
        return await self._records.people.get(handed.delivery.person_id)

    def _seconds_left(self, delivery: Delivery) -> float:
        until = delivery.lease_until
        return (until - self._clock()).total_seconds() if until else 0.0

    async def _send(self, delivery: Delivery, person: Person, post: Post) -> Entry:
        now = self._clock()
        try:
            letter = self._composer.letter(delivery, person)
        except Unwanted:
            return replace(delivery.entry, state=State.CANCELLED, not_before=None, reason="turned off by its reader")
        except Exception as error:  # noqa: BLE001 - one mail that cannot be written must not stop the others
            self._log.exception("a mail cannot be written", kind=delivery.kind_name)
            return replace(delivery.entry, state=State.FAILED, not_before=None, reason=type(error).__name__)
        mail = Envelope(sender=letter.sender, recipient=letter.recipient, content=to_bytes(letter))
        outcome = await self._hand_over(mail, post, seconds=self._seconds_left(delivery) * (1 - _MARGIN))
        self._attempts.labels(outcome=outcome.verdict.value).inc()
        try:
            await self._mark_address(outcome, person)
        except PyMongoError as error:  # what became of the mail is known, and matters more
            self._log.warning("an address could not be marked", error=str(error))
        if outcome.verdict is Verdict.UNCLEAR:
            self._doubts.inc()
        if outcome.verdict is not Verdict.ACCEPTED:
            self._log.warning("a mail did not go", outcome=outcome.verdict.value, reason=outcome.reason)
        return settle(delivery.entry, outcome, max(now, self._clock()))

    async def _hand_over(self, mail: Envelope, post: Post, *, seconds: float) -> Outcome:
        try:
            async with asyncio.timeout(seconds):
                return await post.send(mail)
        except TimeoutError:
            await post.close()
            return Outcome(verdict=Verdict.UNCLEAR, reason="the relay took longer than the lease")

    async def _mark_address(self, outcome: Outcome, person: Person) -> None:
        if outcome.verdict is Verdict.ACCEPTED and person.bounces:
            await self._records.people.arrived(person)
        if outcome.verdict is Verdict.REFUSED and outcome.address:
            counted = await self._records.people.bounced(person)
            if counted and counted.unreachable:
                self._log.warning("an address is not written to any more", person_id=person.person_id)

    async def _sweep(self) -> None:
        """Look regularly, whatever the watch tells, and for what other senders left behind."""
        while True:
            await asyncio.sleep(self._sweep_seconds)
            try:
                await self.recover()
            except PyMongoError as error:
                self._log.warning("the ledger cannot be swept", error=str(error))
            self._look()

    async def _watch(self) -> None:
        """Wake at once when a mail begins to wait, by whatever process. The sweep is the truth."""
        while True:
            try:
                async with await self._records.deliveries.watch() as changes:
                    self._look()
                    async for _ in changes:
                        self._look()
            except PyMongoError as error:
                self._log.warning("the ledger is not watched; the sweep goes on", error=str(error))
            await asyncio.sleep(1)
