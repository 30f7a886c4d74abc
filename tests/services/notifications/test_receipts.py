"""Whom publications reached: said in totals, as they change, without persons, until nothing waits any more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import nats
import pytest
from nats.aio.client import Client

from services.notifications.domain.ledger import State
from services.notifications.domain.reach import Mails, Reach, pause, reach
from services.notifications.receipts import Receipts
from shared.bus.topology import EVENTS, provision
from shared.events.publications import PublicationsNotified
from shared.telemetry.logs import configure
from tests.services.notifications.desk import Desk
from tests.services.notifications.test_hear_alerts import match, raised
from tests.services.notifications.voices import Voice

Json = dict[str, Any]


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    connected = await nats.connect(nats_url)
    await provision(connected.jetstream())
    yield connected
    await connected.close()


def receipts(desk: Desk, connection: Client) -> Receipts:
    """Return one as a process has it that has just begun."""
    log = configure("notifications", level="CRITICAL")
    return Receipts(desk.records.reaches, connection.jetstream(timeout=2), clock=desk.clock, log=log)


async def bodies(connection: Client) -> list[bytes]:
    js = connection.jetstream()
    last = (await js.stream_info(EVENTS)).state.last_seq
    return [(await js.get_msg(EVENTS, number)).data or b"" for number in range(1, last + 1)]


async def said(connection: Client) -> list[tuple[str, int, Reach]]:
    """Return what was said of publications so far."""
    events = [json.loads(body) for body in await bodies(connection)]
    assert {event["type"] for event in events} <= {PublicationsNotified.type}
    return [
        (
            one["practice_id"],
            one["version"],
            Reach(
                waiting=one["mails_waiting"],
                sent=one["mails_sent"],
                failed=one["mails_failed"],
                uncertain=one["mails_uncertain"],
                inbox=one["inbox_entries"],
            ),
        )
        for event in events
        for one in event["data"]["publications"]
    ]


async def look(desk: Desk, connection: Client, **span: float) -> Reach:
    """Let time pass and look; return what was said last."""
    desk.clock.pass_(**(span or {"seconds": 3}))
    await receipts(desk, connection).look()
    return (await said(connection))[-1][2]


async def test_the_authors_mail_waits_and_then_is_sent(desk: Desk, connection: Client) -> None:
    await desk.sign_in("ana")
    await desk.hear_of_publication(Voice("p1", desk.id("ana")))
    assert await receipts(desk, connection).look() == 0, "at once most mails are on their way"
    assert await look(desk, connection) == Reach(waiting=1, inbox=1)
    await desk.send()
    assert await look(desk, connection) == Reach(sent=1, inbox=1)
    desk.clock.pass_(days=1)
    assert await receipts(desk, connection).look() == 0, "nothing waits, so nobody looks"
    assert [(practice, version) for practice, version, _ in await said(connection)] == [("p1", 1)] * 2


async def test_what_a_clock_that_was_ahead_put_off_is_looked_at(desk: Desk, connection: Client) -> None:
    await desk.sign_in("ana")
    desk.clock.pass_(minutes=10)
    await desk.hear_of_publication(Voice("p1", desk.id("ana")))
    await desk.send()
    desk.clock.pass_(minutes=-10)
    assert await look(desk, connection) == Reach(sent=1, inbox=1)
    assert await receipts(desk, connection).look() == 0


async def test_what_has_not_changed_is_not_said_again(desk: Desk, connection: Client) -> None:
    await desk.sign_in("ana")
    await desk.hear_of_publication(Voice("p1", desk.id("ana")))
    await look(desk, connection)
    for _ in range(3):
        desk.clock.pass_(hours=1)
        assert await receipts(desk, connection).look() == 1
    assert len(await said(connection)) == 1


async def test_news_at_once_in_a_digest_refused_and_to_somebody_unknown(desk: Desk, connection: Client) -> None:
    for who in ("ana", "ben", "eva"):
        await desk.sign_in(who)
    matches = (match(desk, "ana"), match(desk, "ben", frequency="daily"), match(desk, "eva"), match(desk, "unknown"))
    desk.sink.recipient_answers.append("550 5.1.1 no such user")
    await desk.hear(raised(*matches), "alert:a1")
    await desk.send()
    assert await look(desk, connection) == Reach(waiting=2, sent=1, failed=1, inbox=4)
    await desk.tick(days=1)
    assert await look(desk, connection) == Reach(waiting=1, sent=2, failed=1, inbox=4), "the digest went"
    await desk.tick(days=30)
    assert await look(desk, connection, hours=1) == Reach(sent=2, failed=2, inbox=4), "held for too long"


async def test_each_version_is_counted_by_itself_and_a_later_crowd_adds_to_it(desk: Desk, connection: Client) -> None:
    for who in ("ana", "ben"):
        await desk.sign_in(who)
    voice = Voice("p1", desk.id("ana"))
    await desk.hear_of_publication(voice)
    await desk.send()
    await look(desk, connection)
    await desk.hear(raised(match(desk, "ben")), "alert:a1")
    await desk.send()
    assert await look(desk, connection) == Reach(sent=2, inbox=2)
    await desk.hear_of_publication(voice, version=2)
    await look(desk, connection)
    assert [(version, one.waiting, one.sent) for _, version, one in await said(connection)] == [
        (1, 0, 1),
        (1, 0, 2),
        (2, 1, 0),
    ]


async def test_nobody_is_told_is_told_too(desk: Desk, connection: Client) -> None:
    await desk.sign_in("ana")
    await desk.put("/preferences", "ana", json={"kinds": {"published": {"mail": "off", "inbox": "off"}}})
    await desk.hear_of_publication(Voice("p1", desk.id("ana")))
    assert await look(desk, connection) == Reach()


async def test_what_was_taken_back_waits_no_more(desk: Desk, connection: Client) -> None:
    await desk.sign_in("ben")
    await desk.hear(raised(match(desk, "ben", frequency="daily")), "alert:a1")
    assert await look(desk, connection) == Reach(waiting=1, inbox=1)
    await desk.hear(Voice("p1", desk.id("ana")).tombstoned())
    assert await look(desk, connection, minutes=1) == Reach(inbox=1)


async def test_while_nats_is_away_it_waits_and_nothing_is_lost(desk: Desk, connection: Client, nats_url: str) -> None:
    await desk.sign_in("ana")
    await desk.hear_of_publication(Voice("p1", desk.id("ana")))
    desk.clock.pass_(seconds=3)
    await connection.close()
    with pytest.raises(nats.errors.ConnectionClosedError):
        await receipts(desk, connection).look()
    again = await nats.connect(nats_url)
    assert await look(desk, again) == Reach(waiting=1, inbox=1)
    await again.close()


async def test_no_person_is_in_it(desk: Desk, connection: Client) -> None:
    await desk.sign_in("ana")
    await desk.hear_of_publication(Voice("p1", desk.id("ana")))
    await desk.hear(raised(match(desk, "ana", name="My secret")), "alert:a1")
    await look(desk, connection)
    whole = b"".join(await bodies(connection))
    assert whole
    assert not any(word in whole for word in (desk.id("ana").encode(), b"ana", b"example.org", b"secret"))


async def test_people_told_while_it_is_said_are_not_missed(desk: Desk) -> None:
    """What came between counting and noting is looked at again."""
    await desk.sign_in("ana")
    await desk.hear_of_publication(Voice("p1", desk.id("ana")))
    await desk.send()
    desk.clock.pass_(seconds=3)
    reaches = desk.records.reaches
    (watched,) = await reaches.due(desk.clock.now, limit=10)
    found = await reaches.of([watched.publication])
    await desk.hear(raised(match(desk, "ben")), "alert:a1")
    await reaches.said([(watched, found["p1/1"])], desk.clock.now)
    desk.clock.pass_(seconds=3)
    assert [one.publication for one in await reaches.due(desk.clock.now, limit=10)] == ["p1/1"]


def test_every_state_of_a_mail_counts_once_or_not_at_all() -> None:
    for state in State:
        for again in (True, False):
            one = reach([Mails(state=state, again=again, count=2)], in_digests=0, inbox=0)
            assert one.waiting + one.sent + one.failed + one.uncertain == (0 if state is State.CANCELLED else 2)
    doubtful = reach([Mails(state=State.UNKNOWN, again=False, count=1)], in_digests=1, inbox=3)
    assert doubtful == Reach(waiting=1, uncertain=1, inbox=3)


def test_the_longer_it_waits_the_less_often_it_is_looked_at(desk: Desk) -> None:
    now = desk.clock.now
    assert pause(now, now) == timedelta(seconds=2)
    assert pause(now - timedelta(minutes=4), now) == timedelta(minutes=1)
    assert pause(now - timedelta(days=1), now) == timedelta(minutes=10)
