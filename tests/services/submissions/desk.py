"""The submissions service for tests: real MongoDB, HTTP called directly, and the voice of the review service."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from nats.aio.client import Client

from services.submissions.app import application
from services.submissions.consumers import ReviewConsumers
from services.submissions.records import Records
from services.submissions.settings import SubmissionsSettings
from services.submissions.timers import Timers
from shared.events.base import EventData
from shared.events.envelope import Envelope, Received, schema_address
from shared.events.reviews import (
    Comment,
    ReviewApproved,
    ReviewChangesRequested,
    ReviewOpened,
    ReviewRejected,
)
from shared.http.idempotency import idempotency_indexes
from shared.ids import new_id
from shared.status.look import look_at
from shared.store.client import Store
from shared.store.outbox import OUTBOX, Transaction
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.access_table import client_of
from tests.tokens import Issuer

SAMPLES = Path(__file__).parents[3] / "samples"


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@cache
def _complete() -> str:
    """One of our own samples, as text so that each test gets its own copy."""
    return json.dumps(json.loads(next(iter(sorted(SAMPLES.glob("01-*.json")))).read_text())["content"])


def complete_content(**changes: Any) -> dict[str, Any]:
    """Return a content that can be submitted, with some fields changed (None: taken out)."""
    content = json.loads(_complete()) | deepcopy(changes)
    return {name: value for name, value in content.items() if value is not None}


@dataclass
class Desk:
    """The service under test. ``ana`` writes; ``ben`` is somebody else."""

    app: FastAPI
    records: Records
    issuer: Issuer
    clock: Hands
    consumers: ReviewConsumers
    timers: Timers
    client: httpx.AsyncClient

    def headers(self, who: str = "ana", **claims: Any) -> dict[str, str]:
        return self.issuer.headers(**{"sub": who, **claims})

    async def call(
        self, method: str, path: str, *, who: str | None = "ana", roles: tuple[str, ...] = ("member",), **more: Any
    ) -> httpx.Response:
        headers = more.pop("headers", {})
        if who:
            headers = self.headers(who, roles=roles) | headers
        return await self.client.request(method, path, headers=headers, **more)

    async def ok(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = await self.call(method, path, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        told: dict[str, Any] = answer.json() if answer.content else {}
        return told

    async def draft(self, who: str = "ana", **changes: Any) -> dict[str, Any]:
        return await self.ok("POST", "/contributions", who=who, json={"content": complete_content(**changes)})

    async def submitted(self, **changes: Any) -> dict[str, Any]:
        draft = await self.draft(**changes)
        return await self.ok("POST", f"/contributions/{draft['id']}/submit")

    async def in_review(self, **changes: Any) -> dict[str, Any]:
        submitted = await self.submitted(**changes)
        await self.open(submitted)
        return submitted

    async def published(self, **changes: Any) -> dict[str, Any]:
        submitted = await self.in_review(**changes)
        await self.approve(submitted)
        return await self.ok("GET", f"/contributions/{submitted['id']}")

    async def open(self, contribution: Mapping[str, Any], **changes: Any) -> None:
        await self.hear(ReviewOpened(**{**_case(contribution), "due_at": self.clock.now, "quorum": 2, **changes}))

    async def approve(self, contribution: Mapping[str, Any], **changes: Any) -> None:
        await self.hear(ReviewApproved(**{**self._decision(contribution), **changes}))

    async def reject(self, contribution: Mapping[str, Any], **changes: Any) -> None:
        until = self.clock.now + timedelta(days=30)
        await self.hear(ReviewRejected(**{**self._decision(contribution), "appeal_until": until, **changes}))

    async def ask_changes(self, contribution: Mapping[str, Any], *comments: tuple[str, str], **changes: Any) -> None:
        given = tuple(
            Comment(id=identifier, pointer="/title", severity=severity, text=f"Please see {identifier}.")
            for identifier, severity in comments
        )
        await self.hear(ReviewChangesRequested(**{**self._decision(contribution), "comments": given, **changes}))

    async def hear(self, event: EventData) -> None:
        """Let the consumer handle an event, in a transaction as it does."""
        handler = self.consumers.subscription().handlers[type(event)]
        received = self._received(event)

        async def act(tx: Transaction) -> None:
            await handler(received, tx)

        await self.records.store.transact(act, cause=received.envelope)

    async def events(self, *names: str) -> list[dict[str, Any]]:
        """Return what was said, oldest first: the envelopes; ``names`` such as ``practice.published``."""
        rows = (
            await self.records.store.db[OUTBOX]
            .find()
            .sort([("said_at", 1), ("aggregate", 1), ("version", 1)])
            .to_list(None)
        )
        envelopes = [json.loads(row["body"]) for row in rows]
        return [one for one in envelopes if not names or any(f".{name}.v1" in one["type"] for name in names)]

    def _decision(self, contribution: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **_case(contribution),
            "author_ids": (self.issuer.person_id("ana"),),
            "text": "Thank you.",
            "decided_at": self.clock.now,
        }

    def _received(self, event: EventData) -> Received[Any]:
        envelope = Envelope(
            id=new_id(),
            source="/review",
            type=event.type,
            subject="case",
            time=self.clock.now,
            dataschema=schema_address(type(event)),
            partitionkey="case:test",
            aggregateversion=1,
            correlationid=new_id(),
            data=event.model_dump(mode="json"),
        )
        return Received[Any].model_construct(envelope=envelope, data=event)


def _case(contribution: Mapping[str, Any]) -> dict[str, Any]:
    identifier, version = contribution["id"], contribution["version"]
    return {
        "case_id": f"{identifier}-{version}",
        "contribution_id": identifier,
        "version": version,
        "round": contribution["round"],
        "kind": contribution["content"]["kind"],
        "title": {},
    }


@asynccontextmanager
async def open_desk(mongodb_url: str, database: str, **settings: Any) -> AsyncIterator[Desk]:
    clock, issuer = Hands(), Issuer()
    given = SubmissionsSettings(**{"mongodb_url": mongodb_url, "database": database, **settings})
    store = await Store.connect(mongodb_url, database, service="submissions", clock=clock)
    log = configure("submissions", level="ERROR")
    records = Records.of(store, given)
    await records.make_indexes()
    await idempotency_indexes(store.db)
    app = application(
        records,
        look_at("submissions", store=store, connection=Client()),
        verifier=issuer.verifier(),
        checks={"mongodb": store.ping},
        metrics=Metrics("submissions"),
        log=log,
    )
    async with client_of(app) as client:
        yield Desk(
            app=app,
            records=records,
            issuer=issuer,
            clock=clock,
            consumers=ReviewConsumers(records),
            timers=Timers(records, log=log),
            client=client,
        )
    await store.close()
