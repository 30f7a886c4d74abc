"""Deliveries to real receivers: signed, again until they arrive, in order where asked, and one held up by no other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import jsonschema
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.syndication.webhooks.compose import deliverer_of, post_of
from services.syndication.webhooks.doorbell import Doorbell
from services.syndication.webhooks.measures import measure_waiting
from shared.clock import utc_now
from shared.events.envelope import Received, decode, parse_envelope
from shared.events.practices import PracticePublished, PracticeRevised
from shared.events.schemas import data_schema
from shared.events.webhooks import WebhookPinged
from shared.tasks import stopped
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.receivers import (
    Flood,
    babble,
    close,
    drip,
    hang,
    receiving,
    status,
)
from tests.services.syndication.saying import practice, said
from tests.services.syndication.webhooks.desk import Desk, open_desk, resolve
from tests.waiting import eventually

QUICK: dict[str, Any] = {"webhook_timeout_seconds": 0.5, "webhook_sweep_seconds": 0.05, "webhook_lease_seconds": 2.0}


class Time:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> Any:
        return utc_now() + self.ahead


@asynccontextmanager
async def delivering(desk: Desk, metrics: Metrics | None = None) -> AsyncIterator[Doorbell]:
    """Run a deliverer beside the desk."""
    doorbell, post = Doorbell(), post_of(desk.settings, resolve)
    log = configure("syndication", level="CRITICAL")
    metrics = metrics or Metrics("syndication")
    deliverer = deliverer_of(desk.store, desk.records, desk.settings, doorbell, post, metrics=metrics, log=log)
    assert deliverer
    task = asyncio.create_task(deliverer.run())
    try:
        yield doorbell
    finally:
        await stopped(task)
        await post.close()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def desk(mongodb_url: str, database: str, time: Time) -> AsyncIterator[Desk]:
    async with open_desk(mongodb_url, database, clock=time, **QUICK) as desk:
        yield desk


def published(name: str, **content: Any) -> Received[Any]:
    return said(PracticePublished(practice=practice(name, **content)), name, time=utc_now())


async def delivery(desk: Desk, endpoint: dict[str, Any], event_id: str) -> dict[str, Any]:
    answer = await desk.call("GET", f"/webhooks/{endpoint['id']}/deliveries/{event_id}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def settled(desk: Desk, endpoint: dict[str, Any], event_id: str, *, attempts: int = 1) -> dict[str, Any]:
    """Return the delivery once so many attempts are written down."""

    async def look() -> dict[str, Any] | None:
        told = await delivery(desk, endpoint, event_id)
        return told if len(told["log"]) >= attempts else None

    return await eventually(look)


async def test_an_event_arrives_as_it_was_said_signed_as_the_standard_has_it(desk: Desk) -> None:
    event = published("p1")
    async with receiving() as receiver, delivering(desk):
        endpoint = await desk.make(url=receiver.url)
        await desk.hear(event)
        told = await settled(desk, endpoint, event.id)
        (request,) = receiver.received
        assert request.body == event.envelope.to_bytes()
        assert request.headers["content-type"] == "application/cloudevents+json"
        assert request.id == event.id == json.loads(request.body)["id"]
        Webhook(endpoint["secret"]).verify(request.body.decode(), request.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(endpoint["secret"]).verify(request.body.decode() + " ", request.headers)
        assert (told["state"], told["attempts"], told["last_status"]) == ("delivered", 1, 200)
        (attempt,) = told["log"]
        assert attempt["request"]["headers"]["webhook-signature"] == request.headers["webhook-signature"]
        assert attempt["request"]["body"] == request.body.decode()[:2048]
        assert attempt["response"]["body"] == "done"
        assert attempt["response"]["headers"] == {"content-length": "4"}


async def test_each_endpoint_gets_what_it_filters_for_once(desk: Desk) -> None:
    async with receiving() as finland, receiving() as portugal, receiving() as everything, delivering(desk):
        await desk.make(url=finland.url, filters={"countries": ["FI"]})
        await desk.make(url=portugal.url, filters={"countries": ["PT"], "types": ["practice.revised"]})
        await desk.make(url=everything.url)
        first = practice("p1")
        one = published("p1")
        two = said(
            PracticeRevised(practice=practice("p1", version=2, countries=["PT"]), before=first.found_under()),
            "p1",
            2,
            time=utc_now(),
        )
        three = said(PracticePublished(practice=practice("p2", countries=["PT"])), "p2", time=utc_now())
        await desk.hear(one, two, three)
        await eventually(lambda: len(everything.received) == 3)
        await eventually(lambda: len(finland.received) == 2 and portugal.received)
        assert sorted(finland.ids) == sorted([one.id, two.id])
        assert portugal.ids == [two.id]
        assert sorted(everything.ids) == sorted([one.id, two.id, three.id])


MISBEHAVING = {
    "hangs": (hang, "timed-out"),
    "drips": (drip, "timed-out"),
    "closes": (close, "broken"),
    "babbles": (babble, "broken"),
    "500": (status(500), "refused"),
    "301": (status(301, Location="/elsewhere"), "redirected"),
    "404": (status(404), "refused"),
    "busy": (status(429), "busy"),
}


@pytest.mark.parametrize("name", MISBEHAVING)
async def test_what_does_not_arrive_is_tried_again_on_the_schedule(desk: Desk, time: Time, name: str) -> None:
    answering, outcome = MISBEHAVING[name]
    event = published("p1")
    async with receiving(answering) as receiver, delivering(desk):
        endpoint = await desk.make(url=receiver.url)
        await desk.hear(event)
        told = await settled(desk, endpoint, event.id)
        assert (told["state"], told["last_outcome"]) == ("waiting", outcome)
        assert (
            timedelta(seconds=5)
            <= moment(told["next_attempt_at"]) - moment(told["log"][0]["at"])
            < timedelta(minutes=1)
        )
        receiver.answering = status(204)
        time.ahead += timedelta(minutes=1)
        told = await settled(desk, endpoint, event.id, attempts=2)
        assert (told["state"], told["attempts"]) == ("delivered", 2)
        assert receiver.ids == [event.id, event.id]
        assert all(one.path == "/in" for one in receiver.received)
        Webhook(endpoint["secret"]).verify(receiver.received[0].body.decode(), receiver.received[0].headers)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_gigabyte_is_not_read(desk: Desk) -> None:
    flood, event = Flood(), published("p1")
    async with receiving(flood) as receiver, delivering(desk):
        endpoint = await desk.make(url=receiver.url)
        await desk.hear(event)
        told = await settled(desk, endpoint, event.id)
        assert told["state"] == "delivered"
        response = told["log"][0]["response"]
        assert (len(response["body"]), response["truncated"]) == (2048, True)
        assert flood.sent < 64 * 1024 * 1024  # what the sockets' buffers take


async def test_nobody_there_and_a_name_that_leads_inside(desk: Desk) -> None:
    async with receiving() as receiver:
        url = receiver.url
    event = published("p1")
    async with delivering(desk):
        nobody = await desk.make(url=url)
        row = {"_id": nobody["id"]}
        await desk.hear(event)
        assert (await settled(desk, nobody, event.id))["last_outcome"] == "unreachable"
        await desk.store.db["webhook_endpoints"].update_one(row, {"$set": {"url": "https://inside.example.org/in"}})
        again = published("p2")
        await desk.hear(again)
        told = await settled(desk, nobody, again.id)
        assert (told["last_outcome"], "10.0.0.7" in told["log"][0]["error"]) == ("forbidden", True)


async def test_a_receiver_that_is_busy_is_left_alone_for_as_long_as_it_asks(desk: Desk, time: Time) -> None:
    first, second = published("p1"), published("p2")
    async with receiving(status(429, Retry_After="3600")) as receiver, delivering(desk):
        endpoint = await desk.make(url=receiver.url)
        await desk.hear(first)
        told = await settled(desk, endpoint, first.id)
        assert moment(told["next_attempt_at"]) - moment(told["log"][0]["at"]) >= timedelta(hours=1)
        receiver.answering = status(200)
        await desk.hear(second)
        time.ahead += timedelta(minutes=30)
        await asyncio.sleep(0.3)  # six sweeps in which nothing may be sent
        assert receiver.ids == [first.id]
        time.ahead += timedelta(minutes=31)
        await settled(desk, endpoint, first.id, attempts=2)
        await settled(desk, endpoint, second.id)
        told = (await desk.call("GET", f"/webhooks/{endpoint['id']}")).json()
        assert (told["failing_since"], told["quiet_until"], told["waiting"]) == (None, None, 0)


async def test_410_ends_it_and_its_owner_is_told(desk: Desk) -> None:
    event = published("p1")
    async with receiving(status(410)) as receiver, delivering(desk):
        endpoint = await desk.make(url=receiver.url)
        await desk.hear(event, published("p2"))
        await settled(desk, endpoint, event.id)
        told = await disabled(desk, endpoint)
        assert told["reason"] == "gone"
        (row,) = await desk.store.db["outbox"].find().to_list(None)
        data = json.loads(bytes(row["body"]))["data"]
        assert (data["endpoint_id"], data["name"], data["reason"]) == (endpoint["id"], "Our catalogue", "gone")
        assert row["targets"] == [{"stream": "EVENTS", "subject": "webhooks.disabled"}]
        # Its people mend it, and what did not arrive does.
        receiver.answering = status(200)
        later = published("p3")
        await desk.hear(later)
        assert (await desk.call("POST", f"/webhooks/{endpoint['id']}/resume")).json()["state"] == "active"
        await eventually(lambda: later.id in receiver.ids)
        await eventually(lambda: receiver.ids.count(event.id) == 2)


async def disabled(desk: Desk, endpoint: dict[str, Any]) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        told: dict[str, Any] = (await desk.call("GET", f"/webhooks/{endpoint['id']}")).json()
        return told if told["state"] == "disabled" else None

    return await eventually(look)


async def test_after_five_days_in_which_nothing_arrived_the_endpoint_is_disabled(desk: Desk, time: Time) -> None:
    event = published("p1")
    async with receiving(status(500)) as receiver, delivering(desk):
        endpoint = await desk.make(url=receiver.url)
        await desk.hear(event)
        for attempt in range(1, 7):
            await settled(desk, endpoint, event.id, attempts=attempt)
            assert (await desk.call("GET", f"/webhooks/{endpoint['id']}")).json()["state"] == "active" or attempt == 6
            time.ahead += timedelta(hours=27)
        assert (await disabled(desk, endpoint))["reason"] == "failing"
        assert len(receiver.received) == 6


async def test_an_endpoint_that_takes_some_events_is_not_disabled_for_one_it_refuses(
    mongodb_url: str, database: str, time: Time
) -> None:
    event = published("refused")

    async def choosy(request: Any, writer: asyncio.StreamWriter) -> None:
        await (status(422) if b"refused" in request.body else status(200))(request, writer)

    async with (
        open_desk(mongodb_url, database, clock=time, **QUICK, webhook_patience_days=90) as desk,
        receiving(choosy) as receiver,
        delivering(desk),
    ):
        endpoint = await desk.make(url=receiver.url)
        await desk.hear(event)
        for attempt in range(1, 11):
            await settled(desk, endpoint, event.id, attempts=attempt)
            other = published(f"p{attempt}")
            await desk.hear(other)
            await settled(desk, endpoint, other.id)
            time.ahead += timedelta(hours=27)
        told = await delivery(desk, endpoint, event.id)
        assert (told["state"], told["attempts"]) == ("failed", 10)
        assert (await desk.call("GET", f"/webhooks/{endpoint['id']}")).json()["state"] == "active"
        receiver.answering = status(200)
        replayed = await desk.call("POST", f"/webhooks/{endpoint['id']}/deliveries/{event.id}/replay")
        assert replayed.status_code == 202
        told = await settled(desk, endpoint, event.id, attempts=11)
        assert (told["state"], told["attempts"], told["replays"]) == ("delivered", 1, 1)


async def test_at_the_end_of_the_schedule_an_endpoint_that_took_nothing_is_disabled(
    mongodb_url: str, database: str, time: Time
) -> None:
    event = published("p1")
    async with (
        open_desk(mongodb_url, database, clock=time, **QUICK, webhook_patience_days=90) as desk,
        receiving(status(500)) as receiver,
        delivering(desk),
    ):
        endpoint = await desk.make(url=receiver.url)
        await desk.hear(event)
        for attempt in range(1, 11):
            await settled(desk, endpoint, event.id, attempts=attempt)
            time.ahead += timedelta(hours=27)
        assert (await disabled(desk, endpoint))["reason"] == "exhausted"
        assert receiver.ids == [event.id] * 10


async def test_in_order_an_event_waits_for_the_one_before(desk: Desk, time: Time) -> None:
    events = [published(f"p{number}") for number in range(6)]

    async def second_fails(request: Any, writer: asyncio.StreamWriter) -> None:
        await (status(500) if request.id == events[1].id else status(200))(request, writer)

    async with receiving(second_fails) as receiver, delivering(desk):
        endpoint = await desk.make(url=receiver.url, ordered=True)
        await desk.hear(*events)
        await settled(desk, endpoint, events[1].id)
        await asyncio.sleep(0.3)  # six sweeps in which nothing may overtake
        assert receiver.ids == [events[0].id, events[1].id]
        receiver.answering = status(200)
        time.ahead += timedelta(seconds=7)
        await eventually(lambda: len(receiver.received) == 7)
        assert receiver.ids[2:] == [event.id for event in events[1:]]
        assert receiver.most_under_way == 1


async def test_one_that_hangs_holds_up_no_other_and_gets_few_at_a_time(desk: Desk) -> None:
    async with receiving(hang) as slow, receiving() as quick, delivering(desk):
        for _ in range(5):
            await desk.make(url=slow.url)
        await desk.make({"sub": "ben", "organisation": "org-b"}, url=quick.url)
        events = [published(f"p{number}") for number in range(40)]
        await desk.hear(*events)
        await eventually(lambda: len(quick.received) == 40)
        assert slow.most_under_way <= 5  # one attempt each until one arrives
        assert 1 <= quick.most_under_way <= desk.settings.webhook_connections_each
        assert quick.connections <= desk.settings.webhook_connections_each  # kept, not made anew


async def test_paused_what_is_published_waits(desk: Desk) -> None:
    first, second = published("p1"), published("p2")
    async with receiving() as receiver, delivering(desk):
        endpoint = await desk.make(url=receiver.url)
        path = f"/webhooks/{endpoint['id']}"
        await desk.call("POST", f"{path}/pause")
        await desk.hear(first, second)
        told = (await desk.call("GET", path)).json()
        assert (told["state"], told["waiting"]) == ("paused", 2)
        ping = (await desk.call("POST", f"{path}/test")).json()["event_id"]
        await settled(desk, endpoint, ping)
        assert receiver.ids == [ping]
        await desk.call("POST", f"{path}/resume")
        await eventually(lambda: len(receiver.received) == 3)


async def test_a_test_ping_is_sent_once_and_says_what_it_is(desk: Desk) -> None:
    async with receiving(status(500)) as receiver, delivering(desk):
        endpoint = await desk.make(url=receiver.url)
        asked = await desk.call("POST", f"/webhooks/{endpoint['id']}/test")
        assert asked.status_code == 202
        ping = asked.json()["event_id"]
        assert asked.headers["location"] == f"/webhooks/{endpoint['id']}/deliveries/{ping}"
        told = await settled(desk, endpoint, ping)
        assert (told["state"], told["test"], told["last_status"], told["next_attempt_at"]) == (
            "failed",
            True,
            500,
            None,
        )
        (request,) = receiver.received
        event = json.loads(request.body)
        assert event["type"] == "eu.practice-exchange.webhook.pinged.v1"
        assert event["data"] == {"endpoint_id": endpoint["id"], "name": "Our catalogue"}
        described = decode(parse_envelope(request.body))
        assert described.data == WebhookPinged(endpoint_id=endpoint["id"], name="Our catalogue")
        assert event["dataschema"] == data_schema(WebhookPinged)["$id"]
        jsonschema.validate(event["data"], data_schema(WebhookPinged), cls=jsonschema.Draft202012Validator)
        Webhook(endpoint["secret"]).verify(request.body.decode(), request.headers)
        assert (await desk.call("GET", f"/webhooks/{endpoint['id']}")).json()["failing_since"] is None


async def test_while_two_secrets_hold_both_sign(desk: Desk, time: Time) -> None:
    events = [published(f"p{number}") for number in range(3)]
    async with receiving() as receiver, delivering(desk):
        endpoint = await desk.make(url=receiver.url)
        rotated = (await desk.call("POST", f"/webhooks/{endpoint['id']}/rotate-secret")).json()
        await desk.hear(events[0])
        await settled(desk, endpoint, events[0].id)
        (request,) = receiver.received
        for secret in (endpoint["secret"], rotated["secret"]):
            Webhook(secret).verify(request.body.decode(), request.headers)
        assert request.headers["webhook-signature"].count("v1,") == 2
        await desk.call("POST", f"/webhooks/{endpoint['id']}/end-previous-secret")
        await desk.hear(events[1])
        await settled(desk, endpoint, events[1].id)
        assert receiver.received[1].headers["webhook-signature"].count("v1,") == 1
        Webhook(rotated["secret"]).verify(receiver.received[1].body.decode(), receiver.received[1].headers)
        await desk.call("POST", f"/webhooks/{endpoint['id']}/rotate-secret")
        time.ahead += timedelta(hours=25)
        await desk.hear(events[2])
        await settled(desk, endpoint, events[2].id)
        assert receiver.received[2].headers["webhook-signature"].count("v1,") == 1


async def test_a_range_is_sent_again_in_its_order(desk: Desk) -> None:
    begun = utc_now() - timedelta(minutes=1)
    names = [f"p{number}" for number in range(5)]
    events = [
        said(PracticePublished(practice=practice(name)), name, time=begun + timedelta(seconds=number))
        for number, name in enumerate(names)
    ]
    async with receiving() as receiver, delivering(desk):
        endpoint = await desk.make(url=receiver.url, ordered=True, filters={"countries": ["FI"]})
        path = f"/webhooks/{endpoint['id']}"
        outside = published("elsewhere", countries=["DE"])
        await desk.hear(*events, outside)
        await eventually(lambda: len(receiver.received) == 5)
        since, until = events[1].time.isoformat(), (begun + timedelta(seconds=10)).isoformat()
        answer = await desk.call("POST", f"{path}/replay", json={"since": since, "until": until})
        expected = [event.id for event in events[1:]]
        assert (answer.status_code, answer.json()) == (202, {"queued": len(expected)})
        await eventually(lambda: len(receiver.received) == 5 + len(expected))
        assert receiver.ids[5:] == expected
        early = {"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}
        assert (await desk.call("POST", f"{path}/replay", json=early)).status_code == 404
        turned = {"since": "2020-01-02T00:00:00Z", "until": "2020-01-01T00:00:00Z"}
        assert (await desk.call("POST", f"{path}/replay", json=turned)).status_code == 422
        assert (await desk.call("POST", f"{path}/deliveries/nothing/replay")).status_code == 404
        one = await desk.call("POST", f"{path}/deliveries/{outside.id}/replay")
        assert one.status_code == 202
        await eventually(lambda: receiver.ids[-1] == outside.id)


async def test_two_deliverers_share_the_work_and_send_once(desk: Desk) -> None:
    events = [published(f"p{number}") for number in range(10)]
    async with receiving() as receiver, delivering(desk), delivering(desk):
        endpoints = [await desk.make(url=receiver.url) for _ in range(5)]
        await desk.hear(*events)
        for endpoint in endpoints:
            for event in events:
                await settled(desk, endpoint, event.id)
        assert len(receiver.received) == 50


async def test_what_is_measured(desk: Desk) -> None:
    metrics = Metrics("syndication")
    async with receiving() as receiver, delivering(desk, metrics):
        endpoint = await desk.make(url=receiver.url)
        event = published("p1")
        await desk.hear(event)
        await settled(desk, endpoint, event.id)
    measure_waiting(metrics, desk.records.hooks, desk.store.clock)
    text = (await metrics.exposition())[0].decode()
    assert 'practice_exchange_webhook_attempts_total{outcome="delivered"} 1.0' in text
    for name in ("webhook_waiting", "webhook_oldest_age_seconds", "webhook_attempt_duration_seconds_bucket"):
        assert f"practice_exchange_{name}" in text
