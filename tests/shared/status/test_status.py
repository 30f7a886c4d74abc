"""What a service tells of itself, with the rights on NATS that it has and no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import AckPolicy, ConsumerConfig

from local.nats_users import OPERATOR, PROVISION
from shared.bus.dead_letters import FILED_BY, bury
from shared.bus.topology import DEAD_LETTERS, DURABLES, EVENTS, provision
from shared.events.submissions import SubmissionDrafted
from shared.ids import new_id
from shared.status import letters as reading
from shared.status.look import look_at, words_of
from shared.status.shapes import Answers, DurableStatus, LettersStatus, ServiceStatus, Word
from shared.store.client import Store
from shared.store.outbox import Transaction
from tests.servers import NatsWithUsers

LISTENING = ("submissions", "review", "notifications", "syndication")


@pytest.fixture
async def bus(nats_with_users: NatsWithUsers) -> NatsWithUsers:
    connection = await nats_with_users.connect(PROVISION)
    await provision(connection.jetstream())
    await connection.close()
    return nats_with_users


@asynccontextmanager
async def seen(
    bus: NatsWithUsers, mongodb_url: str, database: str, service: str
) -> AsyncIterator[tuple[Store, Client, Client]]:
    """A service's store and connection, and the operator's."""
    store = await Store.connect(mongodb_url, database, service=service)
    connection, operator = await bus.connect(service), await bus.connect(OPERATOR)
    yield store, connection, operator
    await connection.close()
    await operator.close()
    await store.close()


async def buried(operator: Client, durable: str, number: int, reason: str = "it cannot be") -> None:
    await bury(
        operator.jetstream(),
        durable=durable,
        reason=reason,
        subject="submissions.drafted",
        stream=EVENTS,
        sequence=number,
        attempts=1,
        body=b'{"secret": "body"}',
        headers={},
        event_type="eu.practice-exchange.submission.drafted.v1",
    )


@pytest.mark.parametrize("service", LISTENING)
async def test_all_is_well_in_a_quiet_house(bus: NatsWithUsers, mongodb_url: str, database: str, service: str) -> None:
    async with seen(bus, mongodb_url, database, service) as (store, connection, _):
        status = await look_at(service, store=store, connection=connection)()
    assert (status.well, status.words) == (True, [])
    assert [one.name for one in status.durables] == [one.name for one in DURABLES if one.service == service]
    assert all(one.oldest_seconds is None for one in status.durables)
    assert status.outbox
    assert (status.outbox.waiting, status.outbox.oldest_seconds) == (0, None)
    assert status.dead_letters
    assert status.dead_letters.count == 0


async def test_what_waits_and_what_could_not_be_handled_is_told(
    bus: NatsWithUsers, mongodb_url: str, database: str
) -> None:
    async with seen(bus, mongodb_url, database, "notifications") as (store, connection, operator):
        look = look_at("notifications", store=store, connection=connection, says=False)
        js = operator.jetstream()
        for _ in range(3):
            await js.publish("submissions.drafted", b"{}", stream=EVENTS)
        await js.publish("reviews.opened", b"{}", stream=EVENTS)
        taken = await connection.jetstream().pull_subscribe_bind("notifications-submissions", stream=EVENTS)
        first, second = await taken.fetch(2, timeout=5)
        await first.ack_sync()
        for number in range(30):
            await buried(operator, "notifications-submissions", number)
        await buried(operator, "notifications-reviews", 99, "Kept from ana@example.org")
        await buried(operator, "review-submissions", 100)

        status = await look()
        heard, other, *quiet = status.durables
        assert (heard.name, heard.waiting, heard.in_hand, heard.redelivered) == ("notifications-submissions", 1, 1, 0)
        assert heard.oldest_seconds is not None
        assert heard.oldest_seconds < 30
        assert (other.waiting, other.in_hand) == (1, 0)
        assert [(one.waiting, one.in_hand) for one in quiet] == [(0, 0)] * len(quiet)
        assert status.outbox is None
        assert (status.well, status.words) == (False, [Word.DEAD_LETTERS])
        assert status.dead_letters
        assert (status.dead_letters.count, len(status.dead_letters.newest)) == (31, 20)
        newest = status.dead_letters.newest[0]
        assert (newest.durable, newest.reason) == ("notifications-reviews", "Kept from <address>")
        assert newest.subject == "submissions.drafted"
        assert [one.id for one in status.dead_letters.newest] == list(range(31, 11, -1))
        assert "secret" not in status.model_dump_json()
        await second.ack_sync()


async def test_of_very_many_dead_letters_the_newest_are_read(
    bus: NatsWithUsers, mongodb_url: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "READ_AT_MOST", 10)
    async with seen(bus, mongodb_url, database, "review") as (store, connection, operator):
        for number in range(40):
            await buried(operator, "review-submissions", number)
        dead = (await look_at("review", store=store, connection=connection)()).dead_letters
    assert dead
    assert (dead.count, [one.id for one in dead.newest]) == (40, list(range(40, 29, -1)))


async def test_an_outbox_that_nobody_empties_is_late(bus: NatsWithUsers, mongodb_url: str, database: str) -> None:
    async with seen(bus, mongodb_url, database, "submissions") as (store, connection, _):

        async def act(tx: Transaction) -> None:
            contribution_id = new_id()
            data = SubmissionDrafted(contribution_id=contribution_id, kind=None, author_ids=())
            tx.say(data, aggregate=f"contribution:{contribution_id}", version=1)

        await store.transact(act)
        await store.transact(act)
        status = await look_at("submissions", store=store, connection=connection)()
        assert status.well
        store.clock = lambda: datetime.now(UTC) + timedelta(minutes=2)
        status = await look_at("submissions", store=store, connection=connection)()
    assert status.words == [Word.OUTBOX_LATE]
    assert status.outbox
    assert status.outbox.waiting == 2
    assert 119 < (status.outbox.oldest_seconds or 0) < 180


def test_what_is_late_is_told_to_fail_where_it_was_tried_before() -> None:
    waits = {"name": "review-submissions", "waiting": 1, "in_hand": 0, "redelivered": 0, "oldest_seconds": 61.0}
    for durable, word in (
        (waits, [Word.EVENTS_LATE]),
        (waits | {"oldest_seconds": 60.0}, []),
        (waits | {"in_hand": 1, "redelivered": 1}, [Word.EVENTS_FAILING]),
    ):
        status = ServiceStatus(
            service="review",
            at=datetime.now(UTC),
            well=True,
            words=[],
            answers=Answers(mongodb=True, nats=True),
            durables=[DurableStatus.model_validate(durable)],
            outbox=None,
            dead_letters=LettersStatus(count=0, newest=[]),
        )
        assert words_of(status) == word


async def test_a_durable_that_is_gone_and_what_does_not_answer_is_named(
    bus: NatsWithUsers, mongodb_url: str, database: str
) -> None:
    async with seen(bus, mongodb_url, database, "review") as (store, connection, operator):
        look = look_at("review", store=store, connection=connection)
        await operator.jetstream().delete_consumer(EVENTS, "review-submissions")
        status = await look()
        assert status.words == [Word.DURABLE_MISSING]
        assert status.durables[0].missing
        await operator.jetstream().delete_stream(DEAD_LETTERS)
        assert Word.DEAD_LETTERS_UNKNOWN in (await look()).words
        await connection.close()
        status = await look()
        assert status.words == [Word.NATS_SILENT]
        assert (status.durables, status.dead_letters) == ([], None)
        await store.close()


async def test_search_reads_its_own_dead_letters(bus: NatsWithUsers) -> None:
    connection, operator = await bus.connect("search"), await bus.connect(OPERATOR)
    await buried(operator, "search", 1)
    await buried(operator, "review-submissions", 2)
    dead = await reading.letters(connection, "search", most=20)
    assert (dead.count, [one.durable for one in dead.newest]) == (1, ["search"])
    await connection.close()
    await operator.close()


@pytest.mark.parametrize("service", [*LISTENING, "search"])
async def test_nobody_reads_the_dead_letters_of_others(bus: NatsWithUsers, service: str) -> None:
    connection = await bus.connect(service)
    js = connection.jetstream(timeout=0.3)
    inbox = connection.new_inbox()
    config = ConsumerConfig(name="peep", deliver_subject=inbox, ack_policy=AckPolicy.NONE)
    own = {one.name for one in DURABLES if one.service == service} | ({"search"} & {service})
    others = [name for name in FILED_BY if name not in own]
    for name in ("dlq.>", "dlq.*", *(f"dlq.{one}" for one in others)):
        with pytest.raises(NatsTimeout):
            await js.add_consumer(DEAD_LETTERS, config.evolve(filter_subject=name))
    with pytest.raises(NatsTimeout):
        await js.get_msg(DEAD_LETTERS, seq=1, direct=True)
    await connection.close()
