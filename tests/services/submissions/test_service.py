"""The service as it runs: its events on real NATS, and the review service's events back through its durable."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import nats
import pytest
from nats.errors import NoServersError

from services.submissions.app import build
from services.submissions.settings import SubmissionsSettings
from shared.bus.relay import Relay
from shared.bus.topology import CATALOGUE, EVENTS, provision
from shared.events.base import EventData
from shared.events.reviews import ReviewApproved, ReviewOpened
from shared.store.client import Store
from shared.store.outbox import Transaction
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.access_table import client_of
from tests.services.submissions.desk import complete_content
from tests.tokens import Issuer
from tests.waiting import eventually


async def test_from_a_draft_to_the_catalogue_over_the_bus(mongodb_url: str, database: str, nats_url: str) -> None:
    connection = await nats.connect(nats_url)
    js = connection.jetstream()
    await provision(js)
    issuer = Issuer()
    settings = SubmissionsSettings(
        mongodb_url=mongodb_url, nats_url=nats_url, database=database, log_level="ERROR", timer_seconds=0.05
    )
    service = await build(settings, verifier=issuer.verifier())
    review = await Store.connect(mongodb_url, f"{database}_review", service="review")
    relay = Relay(review, js, metrics=Metrics("review"), log=configure("review", level="ERROR"))

    async def say(version: int, event: EventData, aggregate: str) -> None:
        async def act(tx: Transaction) -> None:
            tx.say(event, aggregate=aggregate, version=version)

        await review.transact(act)
        await relay.publish_pending()

    async with service.running(http=False), client_of(service.app) as client:
        client.headers.update(issuer.headers(sub="ana"))
        draft = (await client.post("/contributions", json={"content": complete_content()})).json()
        path = f"/contributions/{draft['id']}"
        assert (await client.post(f"{path}/submit")).status_code == 200
        case: dict[str, Any] = {
            "case_id": f"{draft['id']}-1", "contribution_id": draft["id"], "version": 1, "round": 1,
            "kind": "practice", "title": {"en": "Rail and sail"},
        }  # fmt: skip
        now = datetime.now(UTC)
        decision = {"author_ids": (issuer.person_id("ana"),), "text": "Thank you.", "decided_at": now}
        aggregate = f"case:{draft['id']}-1"
        # The approval overtakes the opening: it waits for its turn.
        approved = ReviewApproved(**case, **decision, publish_at=now + timedelta(seconds=0.2))
        await say(2, approved, aggregate)
        await say(1, ReviewOpened(**case, due_at=now, quorum=2), aggregate)

        async def published() -> dict[str, Any] | None:
            answer = await client.get(f"/practices/{draft['id']}")
            return answer.json() if answer.status_code == 200 else None

        practice = await eventually(published)
        message = await eventually(lambda: _last(js, f"catalogue.{draft['id']}"))
        assert message["type"] == "eu.practice-exchange.practice.published.v1"
        told = message["data"]["practice"]
        assert told.pop("attached_text") == ""  # for search alone: pages do without
        assert told == practice
        info = await js.stream_info(EVENTS)
        # Drafted, submitted, published, practice published, and by whom, as the text does not tell; opened, approved.
        assert info.state.messages == 7
        assert (await client.get("/health/ready")).status_code == 200
        caretaker = issuer.headers(sub="cora", roles=["coordinator"])

        async def well() -> bool:
            status = (await client.get("/status", headers=caretaker)).json()
            return bool(status["well"] and status["outbox"]["waiting"] == 0 and status["durables"][0]["in_hand"] == 0)

        assert await eventually(well)
        assert (await client.get(path)).json()["state"] == "published"
    await review.client.drop_database(f"{database}_review")
    await review.close()
    await connection.close()


async def _last(js: Any, subject: str) -> dict[str, Any] | None:
    try:
        message = await js.get_last_msg(CATALOGUE, subject)
    except nats.js.errors.NotFoundError:
        return None
    told: dict[str, Any] = json.loads(message.data)
    return told


async def test_a_service_that_is_stopped_while_it_starts_leaves_nothing_open(mongodb_url: str, database: str) -> None:
    settings = SubmissionsSettings(
        mongodb_url=mongodb_url, nats_url="nats://127.0.0.1:9", database=database, log_level="CRITICAL"
    )
    with pytest.raises((TimeoutError, NoServersError)):
        # An open client would be told by a ResourceWarning, which is an error here.
        await asyncio.wait_for(build(settings, verifier=Issuer().verifier()), timeout=3)
