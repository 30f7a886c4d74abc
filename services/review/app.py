"""The composition root of review: everything is wired here and nowhere else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI

from services.review.api import claim_router, coordination_router, reading_router
from services.review.api_reviews import review_router, reviewer_router
from services.review.consumers import subscriptions
from services.review.domain.policy import Policy
from services.review.expire_leases import keep_expiring
from services.review.forget import reseal_trails
from services.review.measures import Measures
from services.review.migrations import MIGRATIONS
from services.review.settings import ReviewSettings
from services.review.store import Records, make_indexes
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
from shared.store.lease import Lease, work_under_lease
from shared.store.migrate import migrate
from shared.telemetry.eyes import eyes_of
from shared.telemetry.logs import Log, configure
from shared.telemetry.metrics import Metrics

NAME = "review"
VERSION = "0.1.0"
GATHER_SECONDS = 0.1  # a case is there that much later at most; one that ends does not wait
DESCRIPTION = "Cases, claims, reviews and decisions. Blind towards authors; conflicts of interest fail closed."


async def build(settings: ReviewSettings, *, verifier: Verifier | None = None, clock: Clock = utc_now) -> Service:
    """Put the service together. Raises when the database or NATS does not answer.

    ``verifier`` stands in for the one of the settings, ``clock`` for the real time.
    """
    log = configure(NAME, level=settings.log_level)
    metrics = eyes_of(settings, NAME)
    store = await Store.connect(str(settings.mongodb_url), settings.database, service=NAME, clock=clock)
    await migrate(store, MIGRATIONS, log)
    await make_indexes(store.db)
    await idempotency_indexes(store.db)
    erasures = Erasures(store, log=log, beforehand=reseal_trails)
    bus = await Bus.connect(
        service=NAME,
        settings=settings,
        store=store,
        subscriptions=(*subscriptions(settings.policy), erasures.subscription(NAME)),
        metrics=metrics,
        log=log,
        gather_seconds=GATHER_SECONDS,
    )
    app = application(
        store,
        settings.policy,
        look_at(NAME, store=store, connection=bus.connection),
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
        contexts=(bus.running,),
        background=(_timer(store, settings, log), erasures.run),
        close=close,
    )


def _timer(store: Store, settings: ReviewSettings, log: Log) -> Callable[[], Awaitable[None]]:
    """Leases are expired by one replica at a time."""

    async def expire() -> None:
        lease = Lease(store, "expire-leases")
        await work_under_lease(lease, lambda: keep_expiring(store, every=settings.timer_seconds, log=log), log)

    return expire


def application(
    store: Store,
    policy: Policy,
    look: Look,
    *,
    verifier: Verifier,
    checks: Mapping[str, Check],
    metrics: Metrics,
    log: Log,
) -> FastAPI:
    """Return the HTTP side alone."""
    measure_status(metrics, look)
    return create_app(
        service=NAME,
        version=VERSION,
        description=DESCRIPTION,
        routers=[
            reading_router(store, policy),
            claim_router(store, policy),
            coordination_router(store, policy, Measures(metrics, Records(store.db), store.clock)),
            review_router(store, policy),
            reviewer_router(store, policy),
            status_router(look),
        ],
        verifier=verifier,
        checks=checks,
        metrics=metrics,
        log=log,
    )
