"""What syndication gives to everybody, over a real database: told of events one by one, at times that tests choose."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from local.free_ports import free_port
from services.syndication.app import NAME
from services.syndication.hear_practices import HearPractices
from services.syndication.oai.repository import Sizes
from services.syndication.outlets import outlet_routes
from services.syndication.settings import SyndicationSettings
from services.syndication.store import Records
from shared.events.base import EventData
from shared.events.practices import PracticePublished, PracticeRevised, PracticeWithdrawn, PublicPractice
from shared.http.app import create_app
from shared.store.client import Store
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.services.syndication.saying import NOW, practice, said
from tests.tokens import Issuer

NASTY = '<script>alert(1)</script> & "O\'Neil" ]]> {x} $5 100% \u202eabc\u202c ‘ü’ \U0001f600 #_~^\\'


@dataclass(slots=True)
class Hand:
    """A clock that tests set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(slots=True, kw_only=True)
class Outlets:
    """The application without the bus. ``counts`` are the events of each practice so far."""

    store: Store
    app: FastAPI
    client: httpx.AsyncClient
    clock: Hand
    hear: HearPractices
    public: dict[str, PublicPractice] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    async def say(self, data: EventData, practice_id: str) -> None:
        self.counts[practice_id] = self.counts.get(practice_id, 0) + 1
        event = said(data, practice_id, self.counts[practice_id], time=self.clock.now)
        await self.store.transact(partial(self.hear.on_published, event))

    async def publish(self, practice_id: str, **content: Any) -> PublicPractice:
        """Publish it, or its next version."""
        before = self.public.get(practice_id)
        now = practice(practice_id, version=before.version + 1 if before else 1, **content)
        revised = before and PracticeRevised(practice=now, before=before.found_under())
        await self.say(revised or PracticePublished(practice=now), practice_id)
        self.public[practice_id] = now
        return now

    async def take_down(self, practice_id: str) -> None:
        before = self.public.pop(practice_id)
        gone = PracticeWithdrawn(
            practice_id=practice_id,
            version=before.version,
            title={},
            reason_code="rights",
            withdrawn_at=self.clock.now,
            before=before.found_under(),
        )
        await self.say(gone, practice_id)


@contextlib.asynccontextmanager
async def open_outlets(mongodb_url: str, database: str, *, sizes: Sizes | None = None) -> AsyncIterator[Outlets]:
    clock = Hand()
    store = await Store.connect(mongodb_url, database, service=NAME, clock=clock)
    records = Records.of(store.db)
    await records.make_indexes()
    routers = outlet_routes(records, SyndicationSettings(), clock=clock, sizes=sizes)
    app = create_app(
        service=NAME,
        version="0",
        routers=routers,
        verifier=Issuer().verifier(),
        checks={},
        metrics=Metrics(NAME),
        log=configure(NAME, level="CRITICAL"),
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://syndication.test") as client:
        yield Outlets(store=store, app=app, client=client, clock=clock, hear=HearPractices(records))
    await store.close()


@contextlib.asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application on the loopback, for clients that open connections of their own; gives its address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by an attribute only
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
