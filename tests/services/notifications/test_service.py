"""The whole service on real servers: events from NATS, mail over SMTP, API and worker apart, and a worker killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import nats
import pytest
from nats.js import JetStreamContext
from pydantic import Secret
from pydantic_core import MultiHostUrl, Url

from local.free_ports import free_port
from services.notifications.app import build
from services.notifications.settings import NotificationSettings
from shared.bus.topology import provision
from shared.clock import Clock, utc_now
from shared.events.base import EventData
from shared.events.envelope import Envelope, schema_address
from shared.ids import new_id
from shared.service import Part, Service
from shared.store.client import Store
from tests.services.notifications.sink import Sink, running_sink
from tests.services.notifications.voices import Voice
from tests.tokens import Issuer
from tests.waiting import eventually

ISSUER = Issuer()


@pytest.fixture
async def js(nats_url: str) -> AsyncIterator[JetStreamContext]:
    connection = await nats.connect(nats_url)
    js = connection.jetstream()
    await provision(js)
    yield js
    await connection.close()


async def say(js: JetStreamContext, event: EventData, aggregate: str, version: int) -> None:
    envelope = Envelope(
        id=new_id(),
        source="/elsewhere",
        type=event.type,
        subject=aggregate.partition(":")[2],
        time=utc_now(),
        dataschema=schema_address(type(event)),
        partitionkey=aggregate,
        aggregateversion=version,
        correlationid=new_id(),
        data=event.model_dump(mode="json"),
    )
    headers = {"Nats-Msg-Id": envelope.id, "aggregate": aggregate, "aggregateversion": str(version)}
    await js.publish(event.subject, envelope.to_bytes(), headers=headers)


def settings_for(mongodb_url: str, database: str, nats_url: str, sink: Sink, **more: Any) -> NotificationSettings:
    return NotificationSettings(
        mongodb_url=MultiHostUrl(mongodb_url),
        database=database,
        nats_url=MultiHostUrl(nats_url),
        smtp_url=Secret(Url(sink.url)),
        log_level="CRITICAL",
        **more,
    )


@asynccontextmanager
async def running(settings: NotificationSettings, part: Part, clock: Clock = utc_now) -> AsyncIterator[Service]:
    service = await build(settings, verifier=ISSUER.verifier(), clock=clock)
    async with service.running(part, http=False):
        yield service


def client_of(service: Service) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://notifications.test")


async def test_events_become_mail_with_api_and_worker_apart(
    mongodb_url: str, database: str, nats_url: str, js: JetStreamContext
) -> None:
    async with running_sink() as sink:
        # Only waking can send within this test: the sweep comes too late.
        settings = settings_for(mongodb_url, database, nats_url, sink, sweep_seconds=60)
        async with (
            running(settings, Part.API) as api,
            running(settings, Part.WORKER),
            running(settings, Part.WORKER),
            client_of(api) as client,
        ):
            voice = Voice("c1", ISSUER.person_id("ana"))
            due = datetime.now(UTC) + timedelta(days=14)
            await say(js, voice.opened(due), f"case:{voice.case_id}", 1)  # heard first, and waits
            await say(js, voice.submitted(), "contribution:c1", 1)
            await eventually(lambda: held(client))
            assert not sink.mails

            ana = ISSUER.headers(sub="ana", locale="fr")
            assert (await client.get("/me", headers=ana)).json()["language"] == "fr"
            await eventually(lambda: sink.accepted)
            (mail,) = sink.accepted
            assert mail.recipient == "ana@example.org"
            assert mail.subject.startswith("Bien reçue")

            async def both() -> bool:
                inbox = (await client.get("/inbox", headers=ana)).json()
                return {one["kind"] for one in inbox["items"]} == {"submission_received", "under_review"}

            await eventually(both)
            path = Url(mail.header("List-Unsubscribe").decode().partition("<")[2].partition(">")[0]).path
            stopped = await client.post(str(path), content=b"List-Unsubscribe=One-Click")
            assert stopped.status_code == httpx.codes.OK
            await say(js, voice.resubmitted(), "contribution:c1", 2)
            await say(js, voice.approved(datetime.now(UTC)), f"case:{voice.case_id}", 2)
            await say(js, voice.published(), "contribution:c1", 3)
            await eventually(lambda: len(sink.accepted) == 2)
            assert sink.accepted[-1].subject.startswith("Publiée")
            ready = await client.get("/health/ready")
            assert ready.status_code == httpx.codes.OK

            async def well() -> bool:
                status = (await client.get("/status", headers=root())).json()
                return bool(status["well"] and len(status["durables"]) == 5 and status["outbox"] is None)

            await eventually(well)


def root() -> dict[str, str]:
    """A token that is good now: made when the tests are collected, it would have ended before this one runs."""
    return ISSUER.headers(sub="root", roles=["administrator"])


async def held(client: httpx.AsyncClient) -> bool:
    told = (await client.get("/deliveries", headers=root())).json()
    return bool(told["counts"]["held"] == 1)


async def start_worker(settings: NotificationSettings) -> Process:
    environment = {
        **os.environ,
        "MONGODB_URL": str(settings.mongodb_url),
        "DATABASE": settings.database,
        "NATS_URL": str(settings.nats_url),
        "SMTP_URL": str(settings.smtp_url.get_secret_value()),
        "PORT": str(settings.port),
        "LOG_LEVEL": "CRITICAL",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.notifications", "worker", env=environment
    )


async def test_a_worker_killed_while_the_relay_takes_its_mail_loses_nothing_and_hides_nothing(
    mongodb_url: str, database: str, nats_url: str, js: JetStreamContext
) -> None:
    async with running_sink() as sink:
        settings = settings_for(mongodb_url, database, nats_url, sink, port=free_port())
        async with running(settings, Part.API) as api, client_of(api) as client:
            await client.get("/me", headers=ISSUER.headers(sub="ana"))
            worker = await start_worker(settings)

            def kill_worker() -> None:
                worker.send_signal(signal.SIGKILL)

            sink.on_text = kill_worker  # it has handed over the text and never hears the answer
            await say(js, Voice("c1", ISSUER.person_id("ana")).submitted(), "contribution:c1", 1)
            await eventually(lambda: sink.mails)
            sink.on_text = None
            assert await worker.wait() == -signal.SIGKILL

            async def later() -> dict[str, Any]:
                told: dict[str, Any] = (await client.get("/deliveries", headers=root())).json()
                return told

            assert (await later())["counts"]["sending"] == 1
            six_minutes = timedelta(minutes=6)
            async with running(settings, Part.WORKER, clock=lambda: utc_now() + six_minutes):

                async def in_doubt() -> bool:
                    return bool((await later())["doubtful"] == 1)

                await eventually(in_doubt)
                assert len(sink.mails) == 1
            async with running(settings, Part.WORKER, clock=lambda: utc_now() + 2 * six_minutes):
                await eventually(lambda: len(sink.mails) == 2)

                async def settled() -> bool:
                    return bool((await later())["counts"]["sent"] == 1)

                await eventually(settled)
            assert len({mail.message_id for mail in sink.mails}) == 1
            (row,) = (await later())["items"]
            assert (row["state"], row["doubts"], row["attempts"]) == ("sent", 1, 2)


async def test_people_of_the_release_before_are_migrated_when_it_starts(
    mongodb_url: str, nats_url: str, js: JetStreamContext, database: str
) -> None:
    old = {
        "_id": "ana",
        "name": "Ana",
        "email": "ana@example.org",
        "language": "en",
        "roles": ["member"],
        "unsubscribe_key": "k1",
        "signed_in_at": utc_now(),
        "chosen_language": None,
        "time_zone": "UTC",
        "bounces": 0,
        "chosen": {},
        "stopped": {},
    }
    store = await Store.connect(mongodb_url, database, service="test")
    await store.db["people"].insert_one(old)
    async with running_sink() as sink, running(settings_for(mongodb_url, database, nats_url, sink), Part.API):
        row = await store.db["people"].find_one({"_id": "ana"})
    await store.close()
    assert row is not None
    assert (row["settings_version"], row["preferences_version"]) == (0, 0)
