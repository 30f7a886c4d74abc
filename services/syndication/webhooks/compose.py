"""Webhooks, put together: what of ``app.py`` is about them alone."""

from fastapi import APIRouter

from services.syndication.settings import SyndicationSettings
from services.syndication.store import Records
from services.syndication.webhooks.api import action_routes, endpoint_routes
from services.syndication.webhooks.api_deliveries import delivery_routes, sending_routes
from services.syndication.webhooks.manage import Managing
from services.syndication.webhooks.reach import Reach
from services.syndication.webhooks.resolve import Resolve
from services.syndication.webhooks.seal import Seal
from shared.store.client import Store


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
