"""The syndication service, put together. Everything is wired here and nowhere else."""

from collections.abc import Mapping

from fastapi import FastAPI

from services.syndication.docs.addresses import Addresses
from services.syndication.docs.api import OPEN_PATHS as OPEN_DOCS
from services.syndication.docs.api import docs_routes
from services.syndication.forget import change_practices
from services.syndication.hear_practices import HearPractices
from services.syndication.hear_publications import HearPublications
from services.syndication.migrations import MIGRATIONS
from services.syndication.outlets import OPEN_PATHS as OPEN_OUTLETS
from services.syndication.outlets import outlet_routes
from services.syndication.receipts.api import receipt_routes
from services.syndication.receipts.partners import Partners
from services.syndication.settings import SyndicationSettings
from services.syndication.store import Records
from services.syndication.stream.compose import OPEN_PATHS, Streams, streams_of
from services.syndication.webhooks.compose import deliverer_of, post_of, webhook_routes
from services.syndication.webhooks.doorbell import Doorbell
from services.syndication.webhooks.measures import measure_waiting
from services.syndication.webhooks.resolve import Resolve, Resolver
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

NAME = "syndication"
VERSION = "0.1.0"
DESCRIPTION = "What becomes public, for other systems: webhooks, a stream of events, the catalogue, feeds, harvesting."
GATHER_SECONDS = 0.2  # other systems hear that much later at most; a crowd of publications shares a transaction


async def build(settings: SyndicationSettings, *, verifier: Verifier | None = None, clock: Clock = utc_now) -> Service:
    """Put the service together. Raises when the database or NATS does not answer.

    ``verifier`` stands in for the one of the settings, ``clock`` for the real time.
    """
    log = configure(NAME, level=settings.log_level)
    metrics = eyes_of(settings, NAME)
    store = await Store.connect(str(settings.mongodb_url), settings.database, service=NAME, clock=clock)
    records = Records.of(store.db)
    await migrate(store, MIGRATIONS, log)
    await records.make_indexes()
    await idempotency_indexes(store.db)
    resolver, doorbell = Resolver(), Doorbell()
    post = post_of(settings, resolver)
    deliverer = deliverer_of(store, records, settings, doorbell, post, metrics=metrics, log=log)
    erasures = Erasures(store, log=log, beforehand=change_practices, afterwards=doorbell.forget)
    bus = await Bus.connect(
        service=NAME,
        settings=settings,
        store=store,
        subscriptions=(
            HearPractices(records, doorbell).subscription(),
            HearPublications(records).subscription(),
            erasures.subscription(NAME),
        ),
        metrics=metrics,
        log=log,
        gather_seconds=GATHER_SECONDS,
    )
    streams = streams_of(settings, records, bus.connection, metrics=metrics, log=log)
    app = application(
        store,
        records,
        settings,
        resolver,
        streams,
        look_at(NAME, store=store, connection=bus.connection),
        partners=Partners(bus.connection.jetstream(timeout=2)),
        verifier=verifier or TokenVerifier.from_settings(settings),
        checks={"mongodb": store.ping, "nats": bus.ready},
        metrics=metrics,
        log=log,
    )

    async def close() -> None:
        await post.close()
        resolver.close()
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
        streaming=(streams.following.running,),
        background=(erasures.run, *((deliverer.run,) if deliverer else ())),
    )


def application(
    store: Store,
    records: Records,
    settings: SyndicationSettings,
    resolve: Resolve,
    streams: Streams,
    look: Look,
    *,
    partners: Partners,
    verifier: Verifier,
    checks: Mapping[str, Check],
    metrics: Metrics,
    log: Log,
) -> FastAPI:
    """Return the HTTP side alone."""
    measure_status(metrics, look)
    measure_waiting(metrics, records.hooks, store.clock)
    return create_app(
        service=NAME,
        version=VERSION,
        description=DESCRIPTION,
        routers=[
            *webhook_routes(store, records, settings, resolve=resolve),
            *outlet_routes(records, settings, clock=store.clock),
            streams.routes(),
            docs_routes(_addresses(settings)),
            receipt_routes(records, partners),
            status_router(look),
        ],
        verifier=verifier,
        checks=checks,
        metrics=metrics,
        log=log,
        open_paths=(*OPEN_PATHS, *OPEN_DOCS, *OPEN_OUTLETS),
    )


def _addresses(settings: SyndicationSettings) -> Addresses:
    """Return what the documentation names; of NATS its first server, and nothing that signs in."""
    nats = settings.public_nats_url
    host = nats.hosts()[0] if nats else None
    return Addresses(
        own=str(settings.own_url).rstrip("/"),
        web=str(settings.web_url).rstrip("/"),
        nats=f"{nats.scheme}://{host['host']}:{host['port'] or 4222}" if nats and host else None,
    )
