"""The review service for tests: real MongoDB, HTTP called directly, and the voice of the submissions service."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from nats.aio.client import Client

from services.review.app import application
from services.review.consumers import subscriptions
from services.review.domain.review import Criterion, Gate
from services.review.settings import ReviewSettings
from services.review.store import Records, make_indexes
from shared.bus.consumer import Subscription
from shared.events.base import EventData
from shared.events.envelope import Envelope, Received, schema_address
from shared.events.submissions import (
    Answer,
    SubmissionAppealed,
    SubmissionResubmitted,
    SubmissionSubmitted,
    SubmissionWithdrawn,
)
from shared.http.idempotency import idempotency_indexes
from shared.ids import new_id
from shared.status.look import look_at
from shared.store.client import Store
from shared.store.outbox import OUTBOX, Transaction
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.access_table import client_of
from tests.contents import complete_content
from tests.tokens import Issuer

Json = dict[str, Any]

FULL_REVIEW: Json = {
    "gates": {gate.value: True for gate in Gate},
    "scores": {criterion.value: {"score": 3, "reason": "It is shown."} for criterion in Criterion},
    "comments": [{"pointer": "/results/en/text", "severity": "should", "text": "How many took part?"}],
    "text_to_author": "Thank you for this.",
    "confidential": "I have heard other figures.",
    "recommendation": "approve",
}
REVIEWER = ("reviewer",)
COORDINATOR = ("coordinator",)


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Desk:
    """The service under test. Whoever is not said to be elsewhere belongs to ``org-<name>``."""

    app: FastAPI
    store: Store
    issuer: Issuer
    clock: Hands
    subscription: Subscription
    client: httpx.AsyncClient
    organisations: dict[str, str] = field(default_factory=lambda: {"ana": "north-school"})

    @property
    def records(self) -> Records:
        return Records(self.store.db)

    def id(self, who: str) -> str:
        return self.issuer.person_id(who)

    def headers(self, who: str, roles: tuple[str, ...]) -> dict[str, str]:
        organisation = self.organisations.get(who, f"org-{who}")
        return self.issuer.headers(sub=who, roles=roles, organisation=organisation)

    async def call(
        self, method: str, path: str, who: str, roles: tuple[str, ...] = REVIEWER, **more: Any
    ) -> httpx.Response:
        headers = self.headers(who, roles) | more.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **more)

    async def ok(self, method: str, path: str, who: str, roles: tuple[str, ...] = REVIEWER, **more: Any) -> Json:
        answer = await self.call(method, path, who, roles, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        told: Json = answer.json() if answer.content else {}
        return told

    async def refused(
        self, status: int, method: str, path: str, who: str, roles: tuple[str, ...] = REVIEWER, **more: Any
    ) -> Json:
        answer = await self.call(method, path, who, roles, **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        told: Json = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        return told

    # The life of a case

    def submission(self, contribution_id: str | None = None, **changes: Any) -> SubmissionSubmitted:
        content = changes.pop("content", None) or complete_content("practice")
        fields: Json = {
            "contribution_id": contribution_id or new_id(),
            "version": 1,
            "round": 1,
            "kind": content["kind"],
            "title": {language: said["text"] for language, said in content["title"].items()},
            "source_language": "en",
            "languages": ("en",),
            "sectors": tuple(content["sectors"]),
            "themes": tuple(content["themes"]),
            "countries": tuple(content["countries"]),
            "lead_organisation_id": "north-school",
            "organisation_ids": ("north-school", "south-school"),
            "organisation_names": ("North School", "South School"),
            "author_ids": (self.id("ana"),),
            "content": content,
            "submitted_by": self.id("ana"),
        }
        return SubmissionSubmitted(**(fields | changes))

    async def opened(self, **changes: Any) -> str:
        """A case opened by a submission; returns its id."""
        submission = self.submission(**changes)
        await self.hear(submission)
        return f"{submission.contribution_id}-{submission.version}"

    async def resubmit(self, case_id: str, round_: int, *answers: Answer, **changes: Any) -> None:
        contribution_id, _, version = case_id.rpartition("-")
        submission = self.submission(contribution_id, version=int(version), round=round_, **changes)
        await self.hear(SubmissionResubmitted(**submission.model_dump(), answers=answers))

    async def withdraw(self, case_id: str, round_: int = 1) -> None:
        await self.hear(SubmissionWithdrawn(**self._edition(case_id, round_)))

    async def appeal(self, case_id: str, round_: int = 1) -> None:
        await self.hear(SubmissionAppealed(**self._edition(case_id, round_), text="Please look again."))

    def _edition(self, case_id: str, round_: int) -> Json:
        contribution_id, _, version = case_id.rpartition("-")
        return {
            "contribution_id": contribution_id,
            "version": int(version),
            "round": round_,
            "title": {"en": "A title"},
            "author_ids": (self.id("ana"),),
        }

    async def claim(self, case_id: str, who: str) -> Json:
        return await self.ok("POST", f"/cases/{case_id}/claim", who)

    async def write(self, case_id: str, who: str, **changes: Any) -> Json:
        seen = await self.call("GET", f"/cases/{case_id}/review", who)
        body = FULL_REVIEW | changes
        return await self.ok(
            "PATCH", f"/cases/{case_id}/review", who, json=body, headers={"If-Match": seen.headers["ETag"]}
        )

    async def complete(self, case_id: str, who: str) -> Json:
        return await self.ok("POST", f"/cases/{case_id}/review/complete", who)

    async def reviewed(self, case_id: str, *people: str, **changes: Any) -> None:
        for who in people:
            await self.claim(case_id, who)
            await self.write(case_id, who, **changes)
            await self.complete(case_id, who)

    async def decide(self, case_id: str, who: str = "zoe", **decision: Any) -> Json:
        body = {"outcome": "approve", "text": "Good to have."} | decision
        return await self.ok("POST", f"/cases/{case_id}/decision", who, COORDINATOR, json=body)

    # The bus

    async def hear(self, event: EventData) -> None:
        """Let the consumer handle an event, in a transaction as it does."""
        handler = self.subscription.handlers[type(event)]
        received = self._received(event)

        async def act(tx: Transaction) -> None:
            await handler(received, tx)

        await self.store.transact(act, cause=received.envelope)

    async def events(self, *names: str) -> list[Json]:
        """What was said, in order per case: the data with their ``type``; ``names`` such as ``review.opened``."""
        order = [("said_at", 1), ("aggregate", 1), ("version", 1)]
        rows = await self.store.db[OUTBOX].find().sort(order).to_list(None)
        told = [json.loads(row["body"]) for row in rows]
        return [
            one["data"] | {"type": one["type"]}
            for one in told
            if not names or any(f".{name}.v1" in one["type"] for name in names)
        ]

    async def kinds(self) -> list[str]:
        """The names of what was said, without family and version."""
        return [event["type"].removeprefix("eu.practice-exchange.review.")[:-3] for event in await self.events()]

    def _received(self, event: EventData) -> Received[Any]:
        envelope = Envelope(
            id=new_id(),
            source="/submissions",
            type=event.type,
            subject="contribution",
            time=self.clock.now,
            dataschema=schema_address(type(event)),
            partitionkey="contribution:test",
            aggregateversion=1,
            correlationid=new_id(),
            data=event.model_dump(mode="json"),
        )
        return Received[Any].model_construct(envelope=envelope, data=event)


@asynccontextmanager
async def open_desk(mongodb_url: str, database: str, **settings: Any) -> AsyncIterator[Desk]:
    clock, issuer = Hands(), Issuer()
    policy = ReviewSettings(**settings).policy
    store = await Store.connect(mongodb_url, database, service="review", clock=clock)
    await make_indexes(store.db)
    await idempotency_indexes(store.db)
    app = application(
        store,
        policy,
        look_at("review", store=store, connection=Client()),
        verifier=issuer.verifier(),
        checks={"mongodb": store.ping},
        metrics=Metrics("review"),
        log=configure("review", level="ERROR"),
    )
    async with client_of(app) as client:
        yield Desk(
            app=app,
            store=store,
            issuer=issuer,
            clock=clock,
            subscription=subscriptions(policy)[0],
            client=client,
        )
    await store.close()
