"""The service as it runs: its own process parts, real NATS, events twice and in the wrong order."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import nats
import pytest
from nats.js import JetStreamContext

from services.review.app import build
from services.review.settings import ReviewSettings
from shared.bus.topology import provision
from shared.clock import utc_now
from shared.events.base import EventData
from shared.events.envelope import CONTENT_TYPE, Envelope, schema_address
from shared.events.submissions import SubmissionSubmitted, SubmissionWithdrawn
from shared.ids import new_id
from shared.service import Service
from tests.access_table import client_of
from tests.contents import complete_content
from tests.services.review.desk import Hands
from tests.tokens import Issuer
from tests.waiting import eventually


@dataclass
class Running:
    service: Service
    js: JetStreamContext
    client: httpx.AsyncClient
    issuer: Issuer
    clock: Hands

    async def tell(self, data: EventData, contribution_id: str, version: int) -> None:
        """Put an event on the stream as the submissions service does, under a fresh message id."""
        envelope = Envelope(
            id=new_id(),
            source="/submissions",
            type=data.type,
            subject=contribution_id,
            time=self.clock(),
            dataschema=schema_address(type(data)),
            partitionkey=f"contribution:{contribution_id}",
            aggregateversion=version,
            correlationid=new_id(),
            data=data.model_dump(mode="json"),
        )
        headers = {
            "Nats-Msg-Id": new_id(),
            "content-type": CONTENT_TYPE,
            "aggregate": envelope.partitionkey,
            "aggregateversion": str(version),
        }
        await self.js.publish(data.subject, envelope.to_bytes(), headers=headers)

    async def cases(self) -> list[dict[str, Any]]:
        headers = self.issuer.headers(sub="zoe", roles=["coordinator"], organisation="org-zoe")
        answer = await self.client.get("/cases?scope=all", headers=headers)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def heard(self) -> list[dict[str, Any]]:
        """Everything the service published, as it lies on the stream."""
        subscription = await self.js.subscribe("reviews.>", ordered_consumer=True)
        told = []
        try:
            while True:
                message = await subscription.next_msg(timeout=0.3)
                told.append(json.loads(message.data))
        except nats.errors.TimeoutError:
            return told
        finally:
            await subscription.unsubscribe()


@pytest.fixture
async def running(mongodb_url: str, database: str, nats_url: str) -> AsyncIterator[Running]:
    connection = await nats.connect(nats_url)
    js = connection.jetstream()
    await provision(js)
    issuer, clock = Issuer(), Hands()
    clock.now = utc_now()
    settings = ReviewSettings.model_validate(
        {
            "mongodb_url": mongodb_url,
            "nats_url": nats_url,
            "database": database,
            "timer_seconds": 0.05,
            "log_level": "ERROR",
        }
    )
    service = await build(settings, verifier=issuer.verifier(), clock=clock)
    async with service.running(http=False), client_of(service.app) as client:
        yield Running(service=service, js=js, client=client, issuer=issuer, clock=clock)
    await connection.close()


def submitted(contribution_id: str) -> SubmissionSubmitted:
    return SubmissionSubmitted(
        contribution_id=contribution_id,
        version=1,
        round=1,
        kind="practice",
        title={"en": "A practice"},
        source_language="en",
        languages=("en",),
        sectors=("vet",),
        themes=("recognition",),
        countries=("FI",),
        lead_organisation_id="north-school",
        author_ids=("author",),
        content=complete_content("practice"),
        submitted_by="author",
    )


def withdrawn(contribution_id: str) -> SubmissionWithdrawn:
    return SubmissionWithdrawn(contribution_id=contribution_id, version=1, round=1, title={}, author_ids=("author",))


async def test_events_twice_and_in_the_wrong_order_have_their_effect_once_and_in_order(running: Running) -> None:
    one = new_id()
    for data, version in ((withdrawn(one), 2), (submitted(one), 1), (submitted(one), 1), (withdrawn(one), 2)):
        await running.tell(data, one, version)

    async def closed() -> bool:
        return [case["state"] for case in await running.cases()] == ["withdrawn"]

    await eventually(closed)

    async def told() -> bool:
        heard = await running.heard()
        assert [event["type"].split(".")[-2] for event in heard] == ["opened", "closed"]
        assert [event["aggregateversion"] for event in heard] == [1, 2]
        return True

    await eventually(told)


async def test_an_event_that_cannot_be_heard_is_told_by_the_status(running: Running) -> None:
    headers = running.issuer.headers(sub="zoe", roles=["coordinator"])
    assert (await running.client.get("/status", headers=headers)).json()["well"]
    await running.js.publish("submissions.submitted", b"{}")

    async def told() -> dict[str, Any] | None:
        status: dict[str, Any] = (await running.client.get("/status", headers=headers)).json()
        return None if status["well"] else status

    status = await eventually(told)
    assert status["words"] == ["dead-letters"]
    (letter,) = status["dead_letters"]["newest"]
    assert (letter["durable"], letter["subject"]) == ("review-submissions", "submissions.submitted")
    assert letter["reason"].startswith("not a CloudEvents 1.0 envelope")


async def test_the_timer_frees_places_and_the_health_is_told(running: Running) -> None:
    one = new_id()
    await running.tell(submitted(one), one, 1)
    await eventually(running.cases)
    headers = running.issuer.headers(sub="rita", roles=["reviewer"], organisation="org-rita")
    assert (await running.client.post(f"/cases/{one}-1/claim", headers=headers)).status_code == 200
    running.clock.now += timedelta(days=8)

    async def free_again() -> bool:
        (case,) = await running.cases()
        return bool(case["places_left"] == 2)

    await eventually(free_again)
    ready = await running.client.get("/health/ready")
    assert ready.json()["checks"] == {"mongodb": "ok", "nats": "ok"}
