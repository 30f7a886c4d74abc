"""One thing after the other is broken in a running installation: the doctor says what it is, and its alert fires."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

import httpx
import nats
import pytest
import pytest_asyncio
from pydantic_core import MultiHostUrl, Url
from pymongo import AsyncMongoClient, ReadPreference
from pymongo.errors import PyMongoError

from shared.bus.dead_letters import bury
from shared.bus.topology import DEAD_LETTERS, EVENTS, provision
from shared.doctor.examine import examine
from shared.doctor.finding import Finding
from shared.doctor.settings import DoctorSettings
from shared.ids import new_id
from tests.operations.promql import Point, evaluate
from tests.operations.scraping import read
from tests.operations.test_monitoring_files import rules
from tests.servers import scratch
from tests.system import SERVICES, System, running_system
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Ward:
    """The installation, and what was scraped of it so far."""

    system: System
    points: list[Point] = field(default_factory=list)

    @property
    def settings(self) -> DoctorSettings:
        return DoctorSettings(
            mongodb_url=MultiHostUrl(self.system.mongod.url),
            nats_url=MultiHostUrl(self.system.nats.url),
            oidc_issuer=Url(self.system.issuer.issuer),
            doctor_seconds=8,
        )

    async def findings(self, **changes: Any) -> dict[str, Finding]:
        """Return what the doctor finds, by its code."""
        settings = self.settings.model_copy(update=changes)
        found = await examine(settings, {name: [self.system.url(name)] for name in SERVICES})
        return {one.code: one for one in found}

    async def until_found(self, *codes: str) -> dict[str, Finding]:
        async def there() -> dict[str, Finding] | None:
            found = await self.findings()
            assert set(codes) <= set(found), found
            return found

        return await eventually(there, every=0.5)

    async def scrape(self) -> None:
        texts: dict[str, str] = {}
        async with httpx.AsyncClient(timeout=20, verify=False) as http:
            for name in SERVICES:
                try:
                    texts[name] = (await http.get(f"{self.system.url(name)}/metrics")).text
                except httpx.HTTPError:
                    continue
        series: dict[frozenset[tuple[str, str]], float] = {}
        for name in SERVICES:
            added = {"job": "practice-exchange", "service": name, "instance": self.system.url(name)}
            series[frozenset((added | {"__name__": "up"}).items())] = float(name in texts)
            for sample in read({name: texts[name]}).samples[name] if name in texts else ():
                series[frozenset((added | sample.labels | {"__name__": sample.name}).items())] = sample.value
        self.points.append(Point(at=time(), series=series))

    async def firing(self) -> set[str]:
        """Return the alerts whose condition holds now, without the project's name before them."""
        await self.scrape()
        return {
            rule["alert"].removeprefix("PracticeExchange") for rule in rules() if evaluate(rule["expr"], self.points)
        }

    async def until_firing(self, *alerts: str) -> None:
        async def fires() -> bool:
            firing = await self.firing()
            assert set(alerts) <= firing, firing
            return True

        await eventually(fires, every=0.5)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ward() -> AsyncIterator[Ward]:
    with scratch() as folder:
        async with running_system(folder) as system:
            yield Ward(system=system)


@pytest_asyncio.fixture(loop_scope="module")
async def mongo(ward: Ward) -> AsyncIterator[AsyncMongoClient[Json]]:
    client: AsyncMongoClient[Json] = AsyncMongoClient(ward.system.mongod.url, tz_aware=True)
    yield client
    await client.close()


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


async def test_all_is_well_at_first(ward: Ward) -> None:
    found = await ward.findings()
    assert found == {}
    await ward.scrape()
    assert await ward.firing() == set()


async def test_an_event_that_could_not_be_handled(ward: Ward) -> None:
    connection = await nats.connect(ward.system.nats.url)
    await bury(
        connection.jetstream(),
        durable="review-submissions",
        reason="it cannot be",
        subject="submissions.drafted",
        stream=EVENTS,
        sequence=1,
        attempts=1,
        body=b"{}",
        headers={},
    )
    found = await ward.until_found("dead-letters")
    assert found["dead-letters"].says == "1 event could not be handled by review and wait for somebody to decide."
    assert found["dead-letters"].command == "python -m shared.bus list"
    await ward.until_firing("DeadLetters")
    await connection.jetstream().purge_stream(DEAD_LETTERS)
    await connection.close()


async def test_mails_that_do_not_go(ward: Ward, mongo: AsyncMongoClient[Json]) -> None:
    rows = mongo["practice_exchange_notifications"]["deliveries"]
    row = {"kind": "digest", "person_id": "p", "queued_at": ago(hours=2), "doubts": 0, "reason": "421"}
    later = datetime.now(UTC) + timedelta(hours=1)
    await rows.insert_one(row | {"_id": "a", "state": "queued", "attempts": 9, "not_before": later})
    await rows.insert_one(row | {"_id": "b", "state": "unknown", "attempts": 2, "doubts": 2})
    found = await ward.until_found("mails-failing", "mails-unknown")
    assert found["mails-failing"].says == "1 mail could not be sent and will be tried again, the oldest of 2 hours."
    await ward.until_firing("MailsLate", "MailsUnknown")
    await rows.delete_many({"_id": {"$in": ["a", "b"]}})


async def test_webhooks_that_fail(ward: Ward, mongo: AsyncMongoClient[Json]) -> None:
    rows = mongo["practice_exchange_syndication"]["webhook_endpoints"]
    await rows.insert_one({"_id": "a", "state": "active", "ordered": False, "failing_since": ago(hours=3)})
    await rows.insert_one({"_id": "b", "state": "disabled", "ordered": False, "failing_since": ago(days=6)})
    found = await ward.until_found("webhooks-failing", "webhooks-disabled")
    assert "1 webhook endpoint can not be delivered to" in found["webhooks-failing"].says
    assert found["webhooks-disabled"].weight == "note"
    await ward.until_firing("WebhooksDisabled")
    await rows.delete_many({})


async def test_a_case_that_nobody_reviews(ward: Ward, mongo: AsyncMongoClient[Json]) -> None:
    rows = mongo["practice_exchange_review"]["cases"]
    waits = {"state": "open", "ready": False, "opened_at": ago(days=60), "places_left": 1, "next_due": ago(days=30)}
    await rows.insert_one({"_id": "a", **waits, "next_lease": None})
    await ward.until_firing("QueueOld", "CasesOverdue")
    await rows.delete_many({})


async def test_a_durable_and_a_stream_that_are_gone(ward: Ward) -> None:
    connection = await nats.connect(ward.system.nats.url)
    js = connection.jetstream()
    await js.delete_consumer(EVENTS, "review-submissions")
    found = await ward.findings()
    assert found["durable-missing"].says == "The durable review-submissions is not there."
    assert found["durable-missing"].command == "python -m shared.bus provision"
    await js.delete_stream(DEAD_LETTERS)
    found = await ward.findings()
    assert found["stream-missing"].says == "The stream DLQ is not there."
    await provision(js)
    assert not {"durable-missing", "stream-missing"} & set(await ward.findings())
    await connection.close()


async def test_a_provider_that_does_not_answer_or_is_another(ward: Ward) -> None:
    found = await ward.findings(oidc_issuer=Url("http://127.0.0.1:9"))
    assert "The sign-in provider cannot be used" in found["provider-unreachable"].says
    other = ward.system.issuer.issuer.replace("127.0.0.1", "localhost")
    found = await ward.findings(oidc_issuer=Url(other))
    assert "no token will hold" in found["provider-differs"].says


async def test_nats_that_is_gone(ward: Ward, mongo: AsyncMongoClient[Json]) -> None:
    await ward.system.kill("nats")
    outbox = mongo["practice_exchange_submissions"]["outbox"]
    row: Json = {
        "_id": new_id(),
        "aggregate": "contribution:x",
        "version": 1,
        "targets": [],
        "body": b"",
        "said_by": "x",
    }
    await outbox.insert_one(
        row
        | {"said_at": ago(minutes=10), "pending": True, "targets": [{"stream": "EVENTS", "subject": "submissions.x"}]}
    )
    found = await ward.until_found("nats-silent", "service-not-ready", "outbox-late", "search-deaf")
    assert "1 event in its outbox, the oldest for 10 minutes" in found["outbox-late"].says
    assert found["outbox-late"].command == "python -m services.submissions worker"
    await ward.until_firing("DependencySilent", "OutboxLate", "SearchDeaf")
    await outbox.delete_one({"_id": row["_id"]})
    await ward.system.restart("nats")
    await _well(ward, {"nats-silent", "service-not-ready", "outbox-late", "search-deaf"})


async def test_a_replica_set_without_a_primary(ward: Ward, mongo: AsyncMongoClient[Json]) -> None:
    with contextlib.suppress(PyMongoError):  # it closes its connections
        await mongo.admin.command("replSetStepDown", 600, force=True)
    found = await ward.findings()
    assert "The replica set has no primary: 1 of 1 members answer." in found["replica-set-without-majority"].says
    await mongo.admin.command("replSetFreeze", 0, read_preference=ReadPreference.SECONDARY)
    await _well(ward, {"replica-set-without-majority", "service-not-ready", "mongodb-silent"})


async def test_mongodb_that_is_gone(ward: Ward) -> None:
    await ward.scrape()
    await ward.system.kill("mongod")
    found = await ward.until_found("mongodb-silent", "service-not-ready")
    assert "MongoDB does not answer" in found["mongodb-silent"].says
    async with ward.system.client("submissions", sub="ana") as client:
        assert (await client.get("/contributions")).status_code == 503
    await ward.until_firing("DependencySilent", "ErrorsMany")
    await ward.system.restart("mongod")
    await _well(ward, {"mongodb-silent", "service-not-ready"})


async def test_a_service_that_is_gone(ward: Ward) -> None:
    await ward.system.kill("review")
    found = await ward.until_found("service-unreachable")
    assert found["service-unreachable"].says == "review cannot be connected to."
    assert found["service-unreachable"].command == "python -m services.review"
    await ward.until_firing("ServiceDown")


async def _well(ward: Ward, codes: Iterable[str]) -> None:
    """Wait until these are over."""

    async def over() -> bool:
        found = await ward.findings()
        assert not set(codes) & set(found), found
        return True

    await eventually(over, every=0.5)
