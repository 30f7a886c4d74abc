"""The webhooks' HTTP side on a real database, called as people of several organisations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
from fastapi import FastAPI
from nats.aio.client import Client
from nats.js import JetStreamContext
from pydantic import SecretStr

from services.syndication.app import NAME, application
from services.syndication.hear_practices import HearPractices
from services.syndication.hear_publications import HearPublications
from services.syndication.receipts.partners import Partners
from services.syndication.settings import SyndicationSettings
from services.syndication.store import Records
from shared.clock import Clock, utc_now
from shared.events.envelope import Received
from shared.http.idempotency import idempotency_indexes
from shared.status.look import look_at
from shared.store.client import Store
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.services.syndication.streaming import resting, streaming
from tests.tokens import Issuer

ISSUER = Issuer()
ANA = {"sub": "ana", "organisation": "org-a"}
BEN = {"sub": "ben", "organisation": "org-b"}
SECRET = "a secret that nobody outside may read"
ADDRESSES = {
    "hooks.example.org": ("93.184.216.34",),
    "inside.example.org": ("10.0.0.7",),
    "both.example.org": ("93.184.216.34", "127.0.0.1"),
    "127.0.0.1": ("127.0.0.1",),
    "localhost": ("127.0.0.1",),
}


async def resolve(host: str) -> tuple[str, ...]:
    """Stand in for the name service, which tests have not."""
    if host not in ADDRESSES:
        raise OSError(f"no such name: {host}")
    return ADDRESSES[host]


@dataclass(slots=True, kw_only=True)
class Desk:
    store: Store
    records: Records
    settings: SyndicationSettings
    app: FastAPI
    client: httpx.AsyncClient

    async def call(self, method: str, path: str, who: dict[str, Any] | None = None, **options: Any) -> httpx.Response:
        headers = ISSUER.headers(**(who or ANA)) | options.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **options)

    async def make(self, who: dict[str, Any] | None = None, **body: Any) -> dict[str, Any]:
        """Make an endpoint and return it with its secret."""
        whole = {"name": "Our catalogue", "url": "https://hooks.example.org/in"} | body
        answer = await self.call("POST", "/webhooks", who, json=whole)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def hear(self, *events: Received[Any]) -> None:
        """Take events as the durables do."""
        practices, publications = HearPractices(self.records), HearPublications(self.records)
        handlers = {**practices.subscription().handlers, **publications.subscription().handlers}
        for event in events:
            await self.store.transact(partial(handlers[type(event.data)], event), cause=event.envelope)

    async def waiting(self, endpoint_id: str) -> list[dict[str, Any]]:
        found = (await self.call("GET", f"/webhooks/{endpoint_id}/deliveries?state=waiting")).json()
        items: list[dict[str, Any]] = found["items"]
        return items


@asynccontextmanager
async def open_desk(
    mongodb_url: str,
    database: str,
    *,
    nats_url: str | None = None,
    js: JetStreamContext | None = None,
    clock: Clock = utc_now,
    **settings: Any,
) -> AsyncIterator[Desk]:
    """The stream of events runs where there is a ``nats_url``, for a moment each: answers here come when they end."""
    store = await Store.connect(mongodb_url, database, service=NAME, clock=clock)
    records = Records.of(store.db)
    await records.make_indexes()
    await idempotency_indexes(store.db)
    usual = {"webhook_secret": SecretStr(SECRET), "webhook_allow": ["127.0.0.0/8"], "stream_minutes": 0.0001}
    chosen = SyndicationSettings(**{**usual, **settings})
    log = configure(NAME, level="CRITICAL")
    async with AsyncExitStack() as stack:
        streams = resting(chosen, records)
        if nats_url:
            streams, _ = await stack.enter_async_context(streaming(chosen, records, nats_url))
        app = application(
            store,
            records,
            chosen,
            resolve,
            streams,
            look_at(NAME, store=store, connection=Client()),
            partners=Partners(js or Client().jetstream()),
            verifier=ISSUER.verifier(),
            checks={},
            metrics=Metrics(NAME),
            log=log,
        )
        transport = httpx.ASGITransport(app)
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://syndication.test")
        )
        yield Desk(store=store, records=records, settings=chosen, app=app, client=client)
    await store.close()
