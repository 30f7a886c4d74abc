"""The notifications service for tests: real MongoDB, a real relay, HTTP called directly, and the voices of others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from nats.aio.client import Client
from pydantic import Secret
from pydantic_core import Url

from services.notifications.app import application, links_of, live_of, sender_of, tray_of
from services.notifications.compose import Composer
from services.notifications.hear_alerts import HearAlerts
from services.notifications.hear_reviews import HearReviews
from services.notifications.hear_submissions import HearSubmissions
from services.notifications.hear_webhooks import HearWebhooks
from services.notifications.hearing import Hearings
from services.notifications.render import Renderer
from services.notifications.send import Sender
from services.notifications.settings import NotificationSettings
from services.notifications.store import Records
from services.notifications.timers import Timers
from services.notifications.tray import Tray
from services.notifications.words import load_words
from shared.bus.consumer import Subscription
from shared.events.base import EventData
from shared.events.envelope import Envelope, Received, schema_address
from shared.http.idempotency import idempotency_indexes
from shared.ids import new_id
from shared.status.look import look_at
from shared.store.client import Store
from shared.store.inbox import Turn, take_turn
from shared.store.outbox import Transaction
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.access_table import client_of
from tests.services.notifications.sink import Sink, running_sink
from tests.services.notifications.voices import Voice
from tests.tokens import Issuer

Json = dict[str, Any]


class Hands:
    """A clock that a test moves, far ahead of the real one, by which the database forgets what is old."""

    def __init__(self) -> None:
        self.now = datetime(2031, 3, 31, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Desk:
    """The service under test, with its clock in the test's hands and its sender run by ``send``."""

    settings: NotificationSettings
    store: Store
    records: Records
    clock: Hands
    issuer: Issuer
    app: FastAPI
    client: httpx.AsyncClient
    sink: Sink
    tray: Tray | None = None
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def hearings(self) -> Hearings:
        return Hearings(records=self.records, tray=self.tray)

    def id(self, who: str) -> str:
        return self.issuer.person_id(who)

    async def call(self, method: str, path: str, who: str, **more: Any) -> httpx.Response:
        claims = more.pop("claims", {})
        headers = self.issuer.headers(sub=who, **claims) | more.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **more)

    async def ok(self, method: str, path: str, who: str, **more: Any) -> Json:
        answer = await self.call(method, path, who, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        told: Json = answer.json() if answer.content else {}
        return told

    async def put(self, path: str, who: str, **more: Any) -> Json:
        """Change what was just read, as a page does."""
        seen = await self.call("GET", path, who, claims=more.get("claims", {}))
        return await self.ok("PUT", path, who, headers={"If-Match": seen.headers["ETag"]}, **more)

    async def sign_in(self, who: str, **claims: Any) -> Json:
        return await self.ok("GET", "/me", who, claims=claims)

    def received(self, event: EventData, aggregate: str, **more: Any) -> Received[Any]:
        self.versions[aggregate] = self.versions.get(aggregate, 0) + 1
        envelope = Envelope(
            id=new_id(),
            source="/elsewhere",
            type=event.type,
            subject=aggregate,
            time=self.clock.now,
            dataschema=schema_address(type(event)),
            partitionkey=aggregate,
            aggregateversion=self.versions[aggregate],
            correlationid=new_id(),
            data=event.model_dump(mode="json"),
        )
        return Received[Any].model_construct(envelope=envelope.model_copy(update=more), data=event)

    async def hear(self, event: EventData, aggregate: str | None = None) -> Received[Any]:
        """Let the consumer's handler have an event, in a transaction and in its turn."""
        data: Any = event
        name = aggregate or (
            f"case:{data.case_id}" if hasattr(event, "case_id") else f"contribution:{data.contribution_id}"
        )
        received = self.received(event, name)
        assert await self.deliver(received) is Turn.NEXT
        self.clock.pass_(milliseconds=1)
        return received

    async def hear_of_publication(self, voice: Voice, version: int = 1) -> None:
        """Hear of an approval and of the publication that it caused."""
        for event in (voice.approved(self.clock.now), voice.published()):
            await self.hear(event.model_copy(update={"version": version}))

    async def hear_together(self, *events: EventData) -> None:
        """Let the consumers' handlers have several events in one transaction."""
        hearings = self.hearings
        heard = []
        for event in events:
            data: Any = event
            name = f"case:{data.case_id}" if hasattr(event, "case_id") else f"contribution:{data.contribution_id}"
            heard.append((self.received(event, name), self._subscription(event, hearings)))
            self.clock.pass_(milliseconds=1)

        async def act(tx: Transaction) -> None:
            for received, subscription in heard:
                assert subscription.beforehand
                subscription.beforehand(received, tx)
            for received, subscription in heard:
                await subscription.handlers[type(received.data)](received, tx)

        await self.store.transact(act)

    def _subscription(self, event: EventData, hearings: Hearings) -> Subscription:
        hearers = (HearSubmissions(hearings), HearReviews(hearings), HearAlerts(hearings), HearWebhooks(hearings))
        subscriptions = (hearer.subscription() for hearer in hearers)
        return next(one for one in subscriptions if type(event) in one.handlers)

    async def deliver(self, received: Received[Any]) -> Turn:
        subscription = self._subscription(received.data, self.hearings)
        handler = subscription.handlers[type(received.data)]

        async def act(tx: Transaction) -> Turn:
            turn = await take_turn(
                tx, durable=subscription.durable, aggregate=received.aggregate, version=received.version
            )
            if turn is Turn.NEXT:
                await handler(received, tx)
            return turn

        return await self.store.transact(act, cause=received.envelope)

    def sender(self, records: Records | None = None) -> Sender:
        words = load_words()
        links = links_of(self.settings)
        composer = Composer(self.settings, Renderer(words, links), links, clock=self.clock)
        return sender_of(
            self.settings,
            records or self.records,
            composer,
            self.tray or tray_of(self.settings),
            clock=self.clock,
            metrics=Metrics("notifications"),
            log=configure("notifications", level="CRITICAL"),
        )

    async def send(self) -> int:
        """Send what is due, with a sender of its own; returns the attempts made."""
        return await self.sender().send_due()

    async def tick(self, **span: float) -> None:
        """Let time pass, do what is due by then, and send it."""
        self.clock.pass_(**span)
        await self.timers().catch_up()
        await self.sender().recover()
        await self.send()

    def timers(self) -> Timers:
        log = configure("notifications", level="CRITICAL")
        return Timers(self.store, self.hearings, log=log)

    async def deliveries(self, **query: Any) -> list[Json]:
        told = await self.ok("GET", "/deliveries", "root", claims={"roles": ["administrator"]}, params=query)
        items: list[Json] = told["items"]
        return items

    async def inbox(self, who: str, **claims: Any) -> list[Json]:
        told = await self.ok("GET", "/inbox", who, claims=claims)
        items: list[Json] = told["items"]
        return items


@asynccontextmanager
async def open_desk(mongodb_url: str, database: str, **settings: Any) -> AsyncIterator[Desk]:
    clock, issuer = Hands(), Issuer()
    async with running_sink() as sink:
        chosen = NotificationSettings(
            smtp_url=Secret(Url(sink.url)),
            web_url=Url("https://practice-exchange.example"),
            unsubscribe_url=Url("https://practice-exchange.example/unsubscribe"),
            mail_from="Practice Exchange <no-reply@practice-exchange.example>",
            # Requests here are answered when the answer ends, so the one that goes on for ever has to be short.
            **({"live_minutes": 0.001} | settings),
        )
        store = await Store.connect(mongodb_url, database, service="notifications", clock=clock)
        records = Records.of(store.db)
        await records.make_indexes()
        await idempotency_indexes(store.db)
        words = load_words()
        log = configure("notifications", level="CRITICAL")
        app = application(
            store,
            records,
            chosen,
            words,
            Renderer(words, links_of(chosen)),
            live_of(chosen, records, log),
            look_at("notifications", store=store, connection=Client(), says=False),
            verifier=issuer.verifier(),
            checks={"mongodb": store.ping},
            metrics=Metrics("notifications"),
            log=log,
        )
        async with client_of(app) as client:
            yield Desk(
                settings=chosen,
                store=store,
                records=records,
                clock=clock,
                issuer=issuer,
                app=app,
                client=client,
                sink=sink,
            )
        await store.close()
