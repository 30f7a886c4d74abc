"""One attempt: sign, send, judge, write down, and give the endpoint up where that is due."""

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.syndication.store import EventLog
from services.syndication.webhooks.disable import Disabling
from services.syndication.webhooks.domain.attempt import Answer, Attempt, Outcome, Verdict, judge
from services.syndication.webhooks.domain.endpoint import Endpoint
from services.syndication.webhooks.domain.sending import HEADERS
from services.syndication.webhooks.domain.signature import signed
from services.syndication.webhooks.doorbell import Doorbell
from services.syndication.webhooks.measures import Measures
from services.syndication.webhooks.post import Posts
from services.syndication.webhooks.recording import Recording
from services.syndication.webhooks.seal import Seal, Unsealable
from services.syndication.webhooks.store import Endpoints
from services.syndication.webhooks.store.deliveries import Delivery
from shared.clock import Clock

_MISSING: Final = Answer(outcome=Outcome.BROKEN, error="the event is no longer kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An attempt that was made, not written down yet."""

    delivery: Delivery
    attempt: Attempt
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How many attempts are under way at once. Endpoints that fail have few of their own: a crowd of dead ones takes
    no place from those that answer.
    """

    answering: asyncio.Semaphore
    failing: asyncio.Semaphore

    @classmethod
    def of(cls, connections: int) -> "Places":
        return cls(answering=asyncio.Semaphore(connections), failing=asyncio.Semaphore(max(1, connections // 4)))

    def for_(self, endpoint: Endpoint) -> asyncio.Semaphore:
        return self.failing if endpoint.failing_since else self.answering


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    endpoints: Endpoints
    log: EventLog
    doorbell: Doorbell
    post: Posts
    seal: Seal
    recording: Recording
    disabling: Disabling
    measures: Measures
    places: Places
    patience: timedelta
    clock: Clock

    async def send(self, endpoint: Endpoint, delivery: Delivery) -> Sent:
        """Make one attempt; nothing is written down yet."""
        attempt = await self._attempt(endpoint, delivery)
        if attempt.answer is _MISSING:
            verdict = Verdict(delivered=False)
        else:
            verdict = judge(
                attempt.answer,
                endpoint,
                attempts=delivery.attempts + 1,
                begun_at=delivery.begun_at or attempt.at,
                at=attempt.at,
                now=self.clock(),
                chance=random.random(),  # noqa: S311 - jitter
                patience=self.patience,
            )
        return Sent(delivery=delivery, attempt=attempt, verdict=verdict)

    async def record(self, sent: Sent, endpoint: Endpoint) -> None:
        """Write an attempt down, and what follows from it. First what would be lost with the delivery's own mark.

        ``endpoint`` is as it was known before this attempt.
        """
        verdict = sent.verdict
        if verdict.delivered:
            if endpoint.failing_since or endpoint.quiet_until:
                await self.endpoints.recovered([endpoint.id])
        elif sent.attempt.answer is not _MISSING:
            await self.endpoints.failed(endpoint.id, sent.attempt.at, quiet_until=verdict.quiet_until)
            if verdict.disable:
                await self.disabling.disable(endpoint.id, verdict.disable, sent.attempt)
        await self.recording.record(sent.delivery, sent.attempt, verdict)

    async def test(self, endpoint: Endpoint, delivery: Delivery) -> None:
        """Send a test ping, once: whatever comes of it, it says nothing about the endpoint's events."""
        attempt = await self._attempt(endpoint, delivery)
        verdict = Verdict(delivered=attempt.answer.outcome is Outcome.DELIVERED)
        await self.recording.record(delivery, attempt, verdict)

    async def _attempt(self, endpoint: Endpoint, delivery: Delivery) -> Attempt:
        body = await self._body(delivery)
        async with self.places.for_(endpoint):
            begun, at = asyncio.get_running_loop().time(), self.clock()
            headers: dict[str, str] = {}
            answer = _MISSING
            if body is not None:
                try:
                    holding = [self.seal.open(one.sealed, endpoint.id) for one in endpoint.holding(at)]
                except Unsealable as error:
                    answer = Answer(outcome=Outcome.BROKEN, error=str(error))
                else:
                    headers = signed(delivery.event_id, at, body, holding)
                    answer = await self.post.send(endpoint.url, {**HEADERS, **headers}, body)
            seconds = asyncio.get_running_loop().time() - begun
        self.measures.attempted(answer.outcome, seconds)
        return Attempt(at=at, seconds=round(seconds, 4), url=endpoint.url, sent=headers, answer=answer)

    async def _body(self, delivery: Delivery) -> bytes | None:
        if delivery.body is not None:
            return delivery.body
        known = self.doorbell.body(delivery.event_id)
        if known is None:
            found = await self.log.bodies([delivery.event_id])
            self.doorbell.remember(found)
            known = found.get(delivery.event_id)
        return known
