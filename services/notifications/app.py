"""The notifications service, put together. Everything is wired here and nowhere else."""

from collections.abc import Mapping
from datetime import timedelta

from fastapi import FastAPI

from services.notifications.api import inbox_routes, me_routes, preference_routes
from services.notifications.api_deliveries import delivery_routes
from services.notifications.api_live import live_routes
from services.notifications.api_unsubscribe import unsubscribe_routes
from services.notifications.compose import Composer
from services.notifications.hear_alerts import HearAlerts
from services.notifications.hear_reviews import HearReviews
from services.notifications.hear_submissions import HearSubmissions
from services.notifications.hear_webhooks import HearWebhooks
from services.notifications.hearing import Hearings
from services.notifications.links import Links
from services.notifications.live import Live
from services.notifications.measures import measure_mails
from services.notifications.migrations import MIGRATIONS
from services.notifications.receipts import Receipts
from services.notifications.render import Renderer
from services.notifications.send import Sender
from services.notifications.settings import NotificationSettings
from services.notifications.smtp import Connection, relay_at
from services.notifications.store import Records
from services.notifications.timers import Timers
from services.notifications.tray import Tray
from services.notifications.words import Words, load_words
from shared.bus.bus import Bus
from shared.clock import Clock, utc_now
from shared.http.access import Verifier
from shared.http.app import create_app
from shared.http.health import Check
from shared.http.idempotency import idempotency_indexes
from shared.http.oidc import TokenVerifier
from shared.privacy.listen import Erasures
from shared.service import Service
from shared.status.figures import measure_status
from shared.status.look import Look, look_at
from shared.status.route import status_router
from shared.store.client import Store
from shared.store.migrate import migrate
from shared.telemetry.eyes import eyes_of
from shared.telemetry.logs import Log, configure
from shared.telemetry.metrics import Metrics

NAME = "notifications"
VERSION = "0.1.0"
GATHER_SECONDS = 0.3  # nobody is kept waiting for a mail by a third of a second, and it spares most of the work
TRAY_ROOM = 8  # mails for each connection
DESCRIPTION = "Mails and inbox entries for what concerns a person, in their language, as often as they like."


async def build(settings: NotificationSettings, *, verifier: Verifier | None = None, clock: Clock = utc_now) -> Service:
    """Put the service together. Raises when the database or NATS does not answer; the mail relay may be away.

    ``verifier`` stands in for the one of the settings, ``clock`` for the real time.
    """
    log = configure(NAME, level=settings.log_level)
    metrics = eyes_of(settings, NAME)
    store = await Store.connect(str(settings.mongodb_url), settings.database, service=NAME, clock=clock)
    records = Records.of(store.db)
    await migrate(store, MIGRATIONS, log)
    await records.make_indexes()
    await idempotency_indexes(store.db)
    words = load_words()
    links = links_of(settings)
    renderer = Renderer(words, links)
    tray = tray_of(settings)
    hearings = Hearings(records=records, tray=tray)
    erasures = Erasures(store, log=log)
    bus = await Bus.connect(
        service=NAME,
        settings=settings,
        store=store,
        subscriptions=(
            HearSubmissions(hearings).subscription(),
            HearReviews(hearings).subscription(),
            HearAlerts(hearings).subscription(),
            HearWebhooks(hearings).subscription(),
            erasures.subscription(NAME),
        ),
        metrics=metrics,
        log=log,
        gather_seconds=GATHER_SECONDS,
        says=False,
    )
    composer = Composer(settings, renderer, links, clock=clock)
    sender = sender_of(settings, records, composer, tray, clock=clock, metrics=metrics, log=log)
    timers = Timers(store, hearings, log=log)
    receipts = Receipts(records.reaches, bus.js, clock=clock, log=log)
    live = live_of(settings, records, log)
    app = application(
        store,
        records,
        settings,
        words,
        renderer,
        live,
        look_at(NAME, store=store, connection=bus.connection, says=False),
        verifier=verifier or TokenVerifier.from_settings(settings),
        checks={"mongodb": store.ping, "nats": bus.ready},
        metrics=metrics,
        log=log,
    )

    async def close() -> None:
        await bus.close()
        await store.close()

    return Service(
        name=NAME,
        settings=settings,
        app=app,
        log=log,
        spans=metrics.spans,
        close=close,
        contexts=(bus.running,),
        streaming=(live.running,),
        background=(sender.run, timers.run, receipts.run, erasures.run),
    )


def links_of(settings: NotificationSettings) -> Links:
    return Links(str(settings.web_url), str(settings.unsubscribe_url))


def tray_of(settings: NotificationSettings) -> Tray:
    """Return a tray with room for what the sender's connections do soon."""
    room = settings.smtp_connections * TRAY_ROOM
    return Tray(lease=timedelta(seconds=settings.mail_lease_seconds), room=room)


def live_of(settings: NotificationSettings, records: Records, log: Log) -> Live:
    """Return who follows their count of unread entries, as many as the settings let."""
    return Live(
        records.notices,
        room=settings.live_clients,
        room_each=settings.live_clients_each,
        seconds=settings.live_minutes * 60,
        log=log,
    )


def sender_of(
    settings: NotificationSettings,
    records: Records,
    composer: Composer,
    tray: Tray,
    *,
    clock: Clock,
    metrics: Metrics,
    log: Log,
) -> Sender:
    """Return the sender to the relay of the settings."""
    relay = relay_at(str(settings.smtp_url.get_secret_value()))

    def open_post() -> Connection:
        return Connection(relay, greeting=settings.mail_domain, timeout=settings.smtp_timeout_seconds)

    return Sender(
        records,
        composer,
        open_post,
        tray,
        connections=settings.smtp_connections,
        lease=timedelta(seconds=settings.mail_lease_seconds),
        sweep_seconds=settings.sweep_seconds,
        clock=clock,
        metrics=metrics,
        log=log,
    )


def application(
    store: Store,
    records: Records,
    settings: NotificationSettings,
    words: dict[str, Words],
    renderer: Renderer,
    live: Live,
    look: Look,
    *,
    verifier: Verifier,
    checks: Mapping[str, Check],
    metrics: Metrics,
    log: Log,
) -> FastAPI:
    """Return the HTTP side alone."""
    measure_status(metrics, look)
    measure_mails(metrics, records.deliveries, store.clock)
    return create_app(
        service=NAME,
        version=VERSION,
        description=DESCRIPTION,
        routers=[
            me_routes(store, records),
            inbox_routes(store, records, renderer),
            live_routes(store, records, live),
            preference_routes(store, records, words),
            delivery_routes(records, mail_domain=settings.mail_domain),
            unsubscribe_routes(store, records, words, links_of(settings)),
            status_router(look),
        ],
        verifier=verifier,
        checks=checks,
        metrics=metrics,
        log=log,
    )
