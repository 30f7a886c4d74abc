"""One service's place on the bus: its connections, consumers, relay and watchdog, started and stopped together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from faststream.nats import NatsBroker
from faststream.security import SASLPlaintext
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from structlog.typing import FilteringBoundLogger

from shared.bus.connect import PING_SECONDS, RECONNECT_SECONDS, connect_nats, inbox_prefix, servers_in, trusting
from shared.bus.consumer import Consumer, Counts, Subscription
from shared.bus.relay import Relay
from shared.bus.together import Together
from shared.bus.watchdog import Watchdog
from shared.settings import Settings
from shared.store.client import Store
from shared.tasks import stopped
from shared.telemetry.metrics import Metrics

DRAIN_SECONDS = 20


class Bus:
    """Connected to NATS; ``running`` consumes and publishes until the block ends."""

    def __init__(
        self,
        *,
        service: str,
        settings: Settings,
        connection: Client,
        store: Store,
        subscriptions: tuple[Subscription, ...],
        metrics: Metrics,
        log: FilteringBoundLogger,
        gather_seconds: float = 0.0,
        says: bool = True,
    ) -> None:
        self.connection = connection
        self.js: JetStreamContext = connection.jetstream(timeout=5)
        self.relay = Relay(store, self.js, metrics=metrics, log=log) if says else None
        self.watchdog = Watchdog(
            tuple(subscription.durable for subscription in subscriptions), js=self.js, metrics=metrics, log=log
        )
        self._service = service
        self._settings = settings
        self._log = log
        counts = Counts(metrics)
        together = Together(store, seconds=gather_seconds, log=log) if gather_seconds else None
        self._consumers = [
            Consumer(subscription, store=store, js=self.js, counts=counts, log=log, together=together)
            for subscription in subscriptions
        ]

    @classmethod
    async def connect(
        cls,
        *,
        service: str,
        settings: Settings,
        store: Store,
        subscriptions: tuple[Subscription, ...],
        metrics: Metrics,
        log: FilteringBoundLogger,
        gather_seconds: float = 0.0,
        says: bool = True,
    ) -> "Bus":
        """Connect; raises when no NATS server answers.

        With ``gather_seconds`` the events of all subscriptions that come within it share one transaction. Without
        ``says`` there is no relay: the service only listens.
        """
        connection = await connect_nats(
            str(settings.nats_url),
            name=service,
            user=settings.nats_user,
            password=settings.nats_password,
            ca=settings.nats_ca,
            log=log,
        )
        return cls(
            service=service,
            settings=settings,
            connection=connection,
            store=store,
            subscriptions=subscriptions,
            metrics=metrics,
            log=log,
            gather_seconds=gather_seconds,
            says=says,
        )

    async def ready(self) -> None:
        """Raise unless NATS answers and every durable is there."""
        if not self.connection.is_connected:
            raise ConnectionError("not connected to NATS")
        await self.watchdog.check()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Consume, publish and watch; at the end what is in flight is finished and the rest left for another."""
        broker = self._broker()
        for consumer in self._consumers:
            consumer.attach(broker, service=self._service)
        tasks: list[asyncio.Task[None]] = []
        try:
            await broker.start()  # inside: one that fails half-way holds a connection that has to be given back
            tasks.append(asyncio.create_task(self.watchdog.run()))
            if self.relay:
                tasks.append(asyncio.create_task(self.relay.run()))
            yield
        finally:
            await asyncio.gather(*(consumer.leave() for consumer in self._consumers))
            try:
                await broker.stop()
            except NatsError as error:  # while NATS is away there is nothing to drain
                self._log.warning("consumers stopped without draining", error=repr(error))
            for consumer in self._consumers:
                await consumer.stop()
            await stopped(*tasks)

    async def close(self) -> None:
        if not self.connection.is_closed:
            await self.connection.close()

    def _broker(self) -> NatsBroker:
        settings = self._settings
        security = None
        if settings.nats_user and settings.nats_password:
            password = settings.nats_password.get_secret_value()
            security = SASLPlaintext(settings.nats_user, password, ssl_context=trusting(settings.nats_ca))
        return NatsBroker(
            servers_in(str(settings.nats_url)),
            name=f"{self._service}-consumer",
            security=security,
            inbox_prefix=inbox_prefix(self._service),  # a service may listen to no other
            logger=None,
            apply_types=False,  # its injection of arguments passes through a thread, for every event
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,
            ping_interval=PING_SECONDS,
            max_outstanding_pings=2,
            drain_timeout=DRAIN_SECONDS,
            graceful_timeout=DRAIN_SECONDS,
        )
