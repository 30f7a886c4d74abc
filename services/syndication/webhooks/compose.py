"""Webhooks, put together: what of ``app.py`` is about them alone."""

import ssl
from datetime import timedelta

from fastapi import APIRouter

from services.syndication.settings import SyndicationSettings
from services.syndication.store import Records
from services.syndication.webhooks.api import action_routes, endpoint_routes
from services.syndication.webhooks.api_deliveries import delivery_routes, sending_routes
from services.syndication.webhooks.deliver import Deliverer
from services.syndication.webhooks.disable import Disabling
from services.syndication.webhooks.doorbell import Doorbell
from services.syndication.webhooks.lane import Driver
from services.syndication.webhooks.manage import Managing
from services.syndication.webhooks.measures import Measures
from services.syndication.webhooks.post import Post
from services.syndication.webhooks.reach import Reach
from services.syndication.webhooks.recording import Recording
from services.syndication.webhooks.resolve import Resolve
from services.syndication.webhooks.seal import Seal
from services.syndication.webhooks.sending import Places, Sending
from shared.store.client import Store
from shared.telemetry.logs import Log
from shared.telemetry.metrics import Metrics


def webhook_routes(
    store: Store, records: Records, settings: SyndicationSettings, *, resolve: Resolve
) -> list[APIRouter]:
    """Return the HTTP side of webhooks."""
    secret = settings.webhook_secret
    managing = Managing(
        hooks=records.hooks,
        reach=Reach(settings.webhook_networks, resolve),
        seal=Seal(secret.get_secret_value()) if secret else None,
        source=store.source,
    )
    return [
        endpoint_routes(store, managing),
        action_routes(store, managing),
        delivery_routes(managing, records.log),
        sending_routes(store, managing, records.log),
    ]


def deliverer_of(
    store: Store,
    records: Records,
    settings: SyndicationSettings,
    doorbell: Doorbell,
    post: Post,
    *,
    metrics: Metrics,
    log: Log,
) -> Deliverer | None:
    """Return what delivers; None where there are no webhooks."""
    if settings.webhook_secret is None:
        return None
    hooks, measures = records.hooks, Measures(metrics)
    sending = Sending(
        endpoints=hooks.endpoints,
        log=records.log,
        doorbell=doorbell,
        post=post,
        seal=Seal(settings.webhook_secret.get_secret_value()),
        recording=Recording(hooks.deliveries, log),
        disabling=Disabling(store, hooks, log),
        measures=measures,
        places=Places.of(settings.webhook_connections),
        patience=timedelta(days=settings.webhook_patience_days),
        clock=store.clock,
    )
    driver = Driver(
        deliveries=hooks.deliveries, sending=sending, each=settings.webhook_connections_each, clock=store.clock
    )
    return Deliverer(
        hooks,
        driver,
        doorbell,
        measures,
        lease_seconds=settings.webhook_lease_seconds,
        sweep_seconds=settings.webhook_sweep_seconds,
        clock=store.clock,
        log=log,
    )


def post_of(settings: SyndicationSettings, resolve: Resolve, *, tls: ssl.SSLContext | None = None) -> Post:
    """Return the way out to receivers."""
    return Post(
        settings.webhook_networks,
        resolve,
        seconds=settings.webhook_timeout_seconds,
        # What is under way is bounded before; these are for each address, where several endpoints may have the same.
        connections=settings.webhook_connections * 2,
        tls=tls,
    )
