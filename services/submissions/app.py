"""The submissions service, put together. Everything is wired here and nowhere else."""

import contextlib
from collections.abc import Mapping

from fastapi import FastAPI

from services.submissions.api.agreements import AgreementRoutes
from services.submissions.api.attachments import AttachmentRoutes
from services.submissions.api.contributions import ContributionRoutes
from services.submissions.api.editions import EditionRoutes
from services.submissions.api.history import HistoryRoutes
from services.submissions.api.imports import ImportRoutes
from services.submissions.api.life import LifeRoutes
from services.submissions.api.practices import PracticeRoutes
from services.submissions.api.vocabularies import VocabularyRoutes
from services.submissions.consumers import ReviewConsumers
from services.submissions.migrations import MIGRATIONS
from services.submissions.records import Records
from services.submissions.settings import SubmissionsSettings
from services.submissions.timers import Timers
from shared.bus.bus import Bus
from shared.clock import Clock, utc_now
from shared.http.access import Verifier
from shared.http.app import create_app
from shared.http.health import Check
from shared.http.idempotency import idempotency_indexes
from shared.http.oidc import TokenVerifier
from shared.privacy.listen import Erasures
from shared.rates.rates import Rates
from shared.rates.sharing import Sharing
from shared.service import Service
from shared.status.figures import measure_status
from shared.status.look import Look, look_at
from shared.status.route import status_router
from shared.store.client import Store
from shared.store.migrate import migrate
from shared.telemetry.eyes import eyes_of
from shared.telemetry.logs import Log, configure
from shared.telemetry.metrics import Metrics

NAME = "submissions"
VERSION = "0.1.0"
GATHER_SECONDS = 0.2  # what comes of a review is seen that much later at most; a publication does not wait


async def build(settings: SubmissionsSettings, *, verifier: Verifier | None = None, clock: Clock = utc_now) -> Service:
    """Connect, make the indexes, and return the service ready to run.

    ``verifier`` stands in for the one of the settings, ``clock`` for the real time.
    """
    log = configure(NAME, level=settings.log_level)
    metrics = eyes_of(settings, NAME)
    async with contextlib.AsyncExitStack() as opened:
        store = await Store.connect(str(settings.mongodb_url), settings.database, service=NAME, clock=clock)
        opened.push_async_callback(store.close)
        records = Records.of(store, settings)
        await migrate(store, MIGRATIONS, log)
        await records.make_indexes()
        await idempotency_indexes(store.db)
        erasures = Erasures(store, log=log)
        bus = await Bus.connect(
            service=NAME,
            settings=settings,
            store=store,
            subscriptions=(ReviewConsumers(records).subscription(), erasures.subscription(NAME)),
            metrics=metrics,
            log=log,
            gather_seconds=GATHER_SECONDS,
        )
        opened.push_async_callback(bus.close)
        rates = Rates(settings, Sharing(store.db), metrics=metrics, log=log)
        app = application(
            records,
            look_at(NAME, store=store, connection=bus.connection),
            verifier=verifier or TokenVerifier.from_settings(settings),
            checks={"mongodb": store.ping, "nats": bus.ready},
            metrics=metrics,
            log=log,
            rates=rates,
        )
        kept_open = opened.pop_all()  # from here on it is the service that closes them
    return Service(
        name=NAME,
        settings=settings,
        app=app,
        log=log,
        spans=metrics.spans,
        close=kept_open.aclose,
        contexts=(bus.running,),
        serving=(rates.running,),
        background=(Timers(records, log=log).run, erasures.run),
    )


def application(
    records: Records,
    look: Look,
    *,
    verifier: Verifier,
    checks: Mapping[str, Check],
    metrics: Metrics,
    log: Log,
    rates: Rates | None = None,
) -> FastAPI:
    """Return the HTTP side alone."""
    measure_status(metrics, look)
    return create_app(
        service=NAME,
        version=VERSION,
        description="Contributions, their versions and files; published practices by their stable address.",
        routers=(
            ContributionRoutes(records).router(),
            LifeRoutes(records).router(),
            AttachmentRoutes(records).router(),
            HistoryRoutes(records).router(),
            PracticeRoutes(records).router(),
            AgreementRoutes(records).router(),
            EditionRoutes(records).router(),
            ImportRoutes(records).router(),
            VocabularyRoutes().router(),
            status_router(look),
        ),
        verifier=verifier,
        checks=checks,
        metrics=metrics,
        log=log,
        body_bytes=records.settings.file_bytes,
        rates=rates,
    )
