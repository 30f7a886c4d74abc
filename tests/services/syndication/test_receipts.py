"""Receipts: what became of a publication, from the deliveries of webhooks and the durables of partners."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import nats
import pytest
from nats.aio.client import Client

from services.syndication.domain.receipt import PartnerPlace, Reached, may_see
from shared.bus.partners.partner import Partner
from shared.bus.topology import EVENTS, PUBLIC, provision
from shared.events.envelope import Received
from shared.events.practices import PracticePublished, PracticeRevised, PracticeStale, PracticeWithdrawn
from shared.events.publications import (
    IndexedPublication,
    NotifiedPublication,
    PublicationsIndexed,
    PublicationsNotified,
    PublicationsSubmitted,
    SubmittedPublication,
)
from shared.http.access import Role
from tests.access_table import assert_access_holds
from tests.services.syndication.saying import practice, said
from tests.services.syndication.webhooks.desk import ISSUER, Desk, open_desk
from tests.waiting import eventually

NOW = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
LEAD = {"sub": "ana", "organisation": "Evening School of Turku"}
OTHER = {"sub": "ben", "organisation": "org-b"}
COORDINATOR = {"sub": "ingrid", "roles": [Role.COORDINATOR.value], "organisation": "network"}
KEY = f"U{'A' * 55}"


def partner(name: str, **more: Any) -> Partner:
    organisation = name.title()
    return Partner(name=name, organisation=organisation, contact="x@y.example", keys=(KEY,), added_at=NOW, **more)


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    connected = await nats.connect(nats_url)
    await provision(connected.jetstream())
    yield connected
    await connected.close()


@pytest.fixture
async def desk(mongodb_url: str, database: str, connection: Client) -> AsyncIterator[Desk]:
    async with open_desk(mongodb_url, database, js=connection.jetstream()) as desk:
        yield desk


async def publish(connection: Client, desk: Desk, event: Received[Any]) -> None:
    """Say it on the bus and let the service hear it."""
    await connection.jetstream().publish(event.data.subject, event.envelope.to_bytes(), stream=EVENTS)
    await desk.hear(event)


async def receipt(desk: Desk, practice_id: str, who: dict[str, Any] = LEAD) -> list[dict[str, Any]]:
    answer = await desk.call("GET", f"/receipts/{practice_id}", who)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["publications"]
    return found


async def test_each_publication_with_the_newest_first_and_since_when_it_is_in_the_feeds(
    desk: Desk, connection: Client
) -> None:
    await publish(connection, desk, said(PracticePublished(practice=practice("p1")), "p1"))
    await publish(connection, desk, said(PracticeRevised(practice=practice("p1", version=2)), "p1", 2))
    await publish(connection, desk, said(PracticeStale(practice=practice("p1", version=2)), "p1", 3))
    found = await receipt(desk, "p1")
    assert [one["version"] for one in found] == [2, 1]
    for one in found:
        assert one["in_feed_at"] > one["published_at"]
        assert one["webhooks"] == one["partners"] == {"acknowledged": 0, "waiting": 0, "failed": 0}
        assert one.get("subscribers") is None


async def test_a_webhook_that_has_it_one_that_waits_and_one_that_did_not_want_it(
    desk: Desk, connection: Client
) -> None:
    await desk.make(OTHER)
    await desk.make(OTHER, filters={"countries": ["PT"]})
    event = said(PracticePublished(practice=practice("p1")), "p1")
    await publish(connection, desk, event)
    assert (await receipt(desk, "p1"))[0]["webhooks"] == {"acknowledged": 0, "waiting": 1, "failed": 0}
    ended = datetime.now(UTC)
    await desk.store.db["webhook_deliveries"].update_one(
        {"event_id": event.id}, {"$set": {"state": "delivered", "ended_at": ended}, "$unset": {"pending": ""}}
    )
    assert (await receipt(desk, "p1"))[0]["webhooks"] == {"acknowledged": 1, "waiting": 0, "failed": 0}
    (told,) = (await receipt(desk, "p1", COORDINATOR))[0]["subscribers"]
    assert (told["organisation"], told["way"], told["reached"]) == ("org-b", "webhook", "acknowledged")
    assert told["at"]


async def test_a_partner_waits_until_it_has_acknowledged(desk: Desk, connection: Client) -> None:
    js = connection.jetstream()
    for one in (
        partner("acme"),
        partner("late", since=datetime.now(UTC)),
        partner("other", events=("practice.stale",)),
    ):
        await js.add_consumer(PUBLIC, one.durable())
    await publish(connection, desk, said(PracticePublished(practice=practice("p1")), "p1"))

    async def reached() -> dict[str, int]:
        counts: dict[str, int] = (await receipt(desk, "p1"))[0]["partners"]
        return counts

    async def waits() -> bool:
        return await reached() == {"acknowledged": 0, "waiting": 1, "failed": 0}

    await eventually(waits)
    events = await js.pull_subscribe_bind("ext-acme", stream=PUBLIC)
    (message,) = await events.fetch(1, timeout=5)
    assert await reached() == {"acknowledged": 0, "waiting": 1, "failed": 0}, "in hand is not acknowledged"
    await message.ack_sync()
    assert await reached() == {"acknowledged": 1, "waiting": 0, "failed": 0}
    (told,) = (await receipt(desk, "p1", COORDINATOR))[0]["subscribers"]
    assert (told["organisation"], told["way"]) == ("Acme", "partner")


def indexed(practice_id: str, version: int, at: datetime | None) -> Received[Any]:
    one = IndexedPublication(practice_id=practice_id, version=version, indexed_at=at)
    return said(PublicationsIndexed(publications=(one,)), practice_id)


async def test_search_waits_until_it_says_since_when_it_finds_it(desk: Desk, connection: Client) -> None:
    await publish(connection, desk, said(PracticePublished(practice=practice("p1")), "p1"))
    waiting = (await receipt(desk, "p1"))[0]["search"]
    assert (waiting["state"], waiting.get("at")) == ("waiting", None)
    at = NOW + timedelta(seconds=2)
    await desk.hear(indexed("p1", 1, at), indexed("p1", 1, None), indexed("p1", 1, at + timedelta(days=1)))
    found = (await receipt(desk, "p1"))[0]["search"]
    assert found["state"] == "found"
    assert datetime.fromisoformat(found["at"]) == at, "what was told first holds"


async def test_what_search_says_may_come_before_the_publication_and_without_a_time(
    desk: Desk, connection: Client
) -> None:
    await desk.hear(indexed("p1", 1, None), indexed("p1", 1, NOW))
    await publish(connection, desk, said(PracticePublished(practice=practice("p1")), "p1"))
    found = (await receipt(desk, "p1"))[0]["search"]
    assert (found["state"], found.get("at")) == ("found", None), "a later look is no time of its own"


async def test_a_version_that_search_never_had_is_overtaken(desk: Desk, connection: Client) -> None:
    for version in (1, 2, 3):
        event = PracticePublished if version == 1 else PracticeRevised
        await publish(connection, desk, said(event(practice=practice("p1", version=version)), "p1", version))
    await desk.hear(indexed("p1", 2, NOW))
    states = [one["search"]["state"] for one in await receipt(desk, "p1")]
    assert states == ["waiting", "found", "overtaken"]
    gone = PracticeWithdrawn(
        practice_id="p1", version=3, title={"en": "x"}, reason_code="author-request", withdrawn_at=NOW
    )
    await publish(connection, desk, said(gone, "p1", 4))
    states = [one["search"]["state"] for one in await receipt(desk, "p1")]
    assert states == ["overtaken", "found", "overtaken"]


def notified(practice_id: str, at: datetime, **counts: int) -> Received[Any]:
    usual = dict.fromkeys(("mails_waiting", "mails_sent", "mails_failed", "mails_uncertain", "inbox_entries"), 0)
    one = NotifiedPublication(practice_id=practice_id, version=1, as_of=at, **(usual | counts))
    return said(PublicationsNotified(publications=(one,)), practice_id)


async def test_mails_and_inbox_entries_as_counted_last(desk: Desk, connection: Client) -> None:
    await publish(connection, desk, said(PracticePublished(practice=practice("p1")), "p1"))
    assert (await receipt(desk, "p1"))[0].get("notified") is None, "nothing was told yet"
    later = NOW + timedelta(minutes=5)
    await desk.hear(notified("p1", NOW, mails_waiting=2, inbox_entries=2))
    assert (await receipt(desk, "p1"))[0]["notified"]["mails_waiting"] == 2
    await desk.hear(notified("p1", later, mails_sent=1, mails_failed=1, inbox_entries=2), indexed("p1", 1, NOW))
    await desk.hear(notified("p1", NOW, mails_waiting=2, inbox_entries=2))
    one = (await receipt(desk, "p1"))[0]
    counts = {name: value for name, value in one["notified"].items() if name != "as_of"}
    assert counts == {
        "mails_waiting": 0,
        "mails_sent": 1,
        "mails_failed": 1,
        "mails_uncertain": 0,
        "inbox_entries": 2,
    }, "an older count that comes late changes nothing"
    assert datetime.fromisoformat(one["notified"]["as_of"]) == later
    assert one["search"]["state"] == "found"


async def test_while_nats_is_away_the_rest_is_told(mongodb_url: str, database: str, connection: Client) -> None:
    async with open_desk(mongodb_url, database, js=connection.jetstream()) as desk:
        await connection.close()
        await desk.hear(said(PracticePublished(practice=practice("p1")), "p1"))
        (one,) = await receipt(desk, "p1")
        assert one.get("partners") is None
        assert one["webhooks"] == {"acknowledged": 0, "waiting": 0, "failed": 0}


async def test_who_may_see_it(desk: Desk, connection: Client) -> None:
    await publish(connection, desk, said(PracticePublished(practice=practice("p1")), "p1"))
    for who, expected in (
        (LEAD, 200),
        ({"sub": "eva", "organisation": "evening school of TURKU"}, 200),
        (COORDINATOR, 200),
        (OTHER, 404),
        ({"sub": "nobody"}, 404),
    ):
        assert (await desk.call("GET", "/receipts/p1", who)).status_code == expected, who
    assert (await desk.call("GET", "/receipts/none", COORDINATOR)).status_code == 404
    assert await assert_access_holds(desk.app, ISSUER, values={"practice_id": "p1"}) > 100


def test_a_lead_is_known_by_id_or_by_name() -> None:
    content = {"lead_organisation": {"id": "corrib-kitchen-college", "name": "Corrib Kitchen College"}}
    assert may_see("corrib-kitchen-college", content, ())
    assert may_see("Corrib Kitchen College", content, ())
    assert may_see("Org-7", content, ("org-7",))
    assert not may_see("Corrib", content, ("org-7",))
    assert not may_see(None, content, ("",))
    assert not may_see("", {}, ("",))
    assert not may_see("x", {"lead_organisation": None}, ())


async def test_the_organisation_of_its_authors_sees_it_whatever_the_text_calls_it(
    desk: Desk, connection: Client
) -> None:
    author, other = {"sub": "ana", "organisation": "org-turku"}, {"sub": "eva", "organisation": "org-tampere"}
    await publish(connection, desk, said(PracticePublished(practice=practice("p1")), "p1"))
    assert (await desk.call("GET", "/receipts/p1", author)).status_code == 404
    whose = SubmittedPublication(practice_id="p1", version=1, organisations=("org-turku",))
    await desk.hear(said(PublicationsSubmitted(publications=(whose,)), "p1"), indexed("p1", 1, NOW))
    (one,) = await receipt(desk, "p1", author)
    assert one["search"]["state"] == "found"
    assert one.get("subscribers") is None, "numbers only"
    assert (await desk.call("GET", "/receipts/p1", other)).status_code == 404


@pytest.mark.parametrize(
    ("more", "reached"),
    [
        ({"idle": True}, Reached.ACKNOWLEDGED),
        ({"acknowledged_up_to": NOW + timedelta(minutes=1)}, Reached.ACKNOWLEDGED),
        ({"acknowledged_up_to": NOW + timedelta(seconds=1)}, Reached.WAITING),
        ({"acknowledged_up_to": NOW - timedelta(minutes=1)}, Reached.WAITING),
        ({}, Reached.WAITING),
        ({"idle": True, "since": NOW + timedelta(seconds=1)}, None),
        ({"idle": True, "subjects": frozenset({"practices.stale"})}, None),
        ({"idle": True, "subjects": frozenset({"practices.published"})}, Reached.ACKNOWLEDGED),
    ],
)
def test_how_a_partner_stands_with_an_event(more: dict[str, Any], reached: Reached | None) -> None:
    """In doubt it waits: two events may stand in the stream in another order than their times."""
    usual = {"subjects": frozenset[str](), "since": None, "idle": False, "acknowledged_up_to": None}
    place = PartnerPlace(organisation="Acme", **(usual | more))
    told = place.of("practices.published", NOW)
    assert (told and told.reached) == reached
