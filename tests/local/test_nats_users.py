"""Every service may do its own work on NATS and nothing else."""

from __future__ import annotations

import asyncio
import json
import stat
from contextlib import AsyncExitStack
from io import StringIO
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NoStreamResponseError
from pydantic import SecretStr

from local.nats_users import OBSERVER, OPERATOR, PROVISION, SAYS, passwords, users
from shared.bus.bus import Bus
from shared.bus.consumer import Subscription
from shared.bus.topology import CATALOGUE, DEAD_LETTERS, DURABLES, EVENTS, provision
from shared.errors import Permanent
from shared.events.envelope import Received
from shared.events.submissions import SubmissionDrafted
from shared.settings import Settings
from shared.store.client import Store
from shared.store.outbox import Transaction
from shared.telemetry.logs import configure
from shared.telemetry.metrics import Metrics
from tests.servers import NatsWithUsers
from tests.waiting import eventually

SUBJECTS = (
    "submissions.submitted",
    "reviews.opened",
    "practices.published",
    "alerts.raised",
    "webhooks.disabled",
    "publications.indexed",
    "publications.notified",
    "persons.erased",
    "catalogue.p1",
    "dlq.review-submissions",
)
MAY_SAY = {
    "submissions": {"submissions.submitted", "practices.published", "catalogue.p1"},
    "review": {"reviews.opened", "dlq.review-submissions"},
    "notifications": {"publications.notified"},
    "search": {"alerts.raised", "publications.indexed"},
    "syndication": {"webhooks.disabled"},
    PROVISION: set(),
    OBSERVER: set(),
    OPERATOR: set(SUBJECTS),
}
EVERYBODY = tuple(MAY_SAY)
READERS = ("search", "syndication")
FENCES = {EVENTS: "submissions.fence", CATALOGUE: "catalogue.fence", DEAD_LETTERS: "dlq.fence"}


@pytest.fixture
async def bus(nats_with_users: NatsWithUsers) -> NatsWithUsers:
    connection = await nats_with_users.connect(PROVISION)
    await provision(connection.jetstream())
    await provision(connection.jetstream())
    await connection.close()
    return nats_with_users


def test_the_table_here_names_every_user() -> None:
    assert {user.name for user in users()} == set(EVERYBODY)


@pytest.mark.parametrize("name", EVERYBODY)
async def test_publishes_only_its_own_subjects(bus: NatsWithUsers, name: str) -> None:
    connection, operator = await bus.connect(name), await bus.connect(OPERATOR)
    for subject in SUBJECTS:
        await connection.publish(subject, b"{}")
    await connection.flush()
    said: set[str] = set()
    for stream, fence in FENCES.items():
        # A stream takes what it is given in order: once it has this, it has stored whatever it was to store before.
        await operator.jetstream().publish(fence, b"", stream=stream)
        info = await operator.jetstream().stream_info(stream, subjects_filter=">")
        said |= set(info.state.subjects or {}) - {fence}
    assert said == MAY_SAY[name]
    await connection.close()
    await operator.close()


@pytest.mark.parametrize("name", [*SAYS, OBSERVER])
async def test_fetches_only_from_its_own_durables(bus: NatsWithUsers, name: str) -> None:
    operator = await bus.connect(OPERATOR)
    for subject in (
        "submissions.submitted",
        "reviews.opened",
        "practices.published",
        "alerts.raised",
        "webhooks.disabled",
        "publications.indexed",
        "persons.erased",
    ):
        await operator.jetstream().publish(subject, b"{}", stream=EVENTS)
    connection = await bus.connect(name)
    got = {durable.name for durable in DURABLES if await _fetches(connection, durable.name)}
    assert got == {durable.name for durable in DURABLES if durable.service == name}
    await connection.close()
    await operator.close()


async def _fetches(connection: Client, durable: str) -> bool:
    jetstream = connection.jetstream(timeout=0.3)
    try:
        subscription = await jetstream.pull_subscribe_bind(durable, stream=EVENTS)
        [message] = await subscription.fetch(1, timeout=0.3)
        await message.ack_sync(timeout=0.3)
    except NatsTimeout:
        return False
    return True


@pytest.mark.parametrize("name", [*SAYS, OBSERVER, PROVISION])
async def test_deletes_nothing(bus: NatsWithUsers, name: str) -> None:
    refusals: list[str] = []
    connection = await bus.connect(name, refusals)
    attempts = [f"STREAM.DELETE.{EVENTS}", f"STREAM.PURGE.{DEAD_LETTERS}", f"STREAM.MSG.DELETE.{CATALOGUE}"]
    attempts += [f"CONSUMER.DELETE.{EVENTS}.{durable.name}" for durable in DURABLES]
    for attempt in attempts:
        await connection.publish(f"$JS.API.{attempt}", b"")
    await connection.flush()
    await eventually(lambda: len(refusals) == len(attempts))
    await connection.close()


@pytest.mark.parametrize("name", SAYS)
async def test_makes_neither_streams_nor_foreign_durables(bus: NatsWithUsers, name: str) -> None:
    connection = await bus.connect(name)
    jetstream = connection.jetstream(timeout=0.2)
    with pytest.raises(NatsTimeout):
        await jetstream.add_stream(name="MINE", subjects=["mine.>"])
    for durable in DURABLES:
        if durable.service == name:
            await jetstream.add_consumer(EVENTS, durable.config())
        else:
            with pytest.raises(NatsTimeout):
                await jetstream.add_consumer(EVENTS, durable.config())
    if name not in READERS:
        with pytest.raises(NatsTimeout):
            await jetstream.add_consumer(CATALOGUE, ConsumerConfig(name="peep"))
    await connection.close()


@pytest.mark.parametrize("name", EVERYBODY)
async def test_listens_to_no_foreign_inbox(bus: NatsWithUsers, name: str) -> None:
    refusals: list[str] = []
    connection = await bus.connect(name, refusals)
    foreign = [">", "_INBOX.>", "_INBOX.*.>", *(f"_INBOX.{other}.>" for other in EVERYBODY if other != name)]
    foreign += ["submissions.>", "reviews.>", "catalogue.>", "dlq.>", "$JS.API.>"]
    for subject in foreign:
        await connection.subscribe(subject)
    await connection.flush()
    await eventually(lambda: len(refusals) == len(foreign))
    await connection.close()


async def test_search_follows_the_catalogue_and_no_other_stream(bus: NatsWithUsers) -> None:
    refusals: list[str] = []
    submissions, search = await bus.connect("submissions"), await bus.connect("search", refusals)
    await submissions.jetstream().publish("catalogue.p1", b"1", stream=CATALOGUE)
    jetstream = search.jetstream(timeout=0.3)
    assert (await jetstream.stream_info(CATALOGUE)).state.messages == 1
    ordered = await jetstream.subscribe("catalogue.*", stream=CATALOGUE, ordered_consumer=True)
    assert (await ordered.next_msg(timeout=2)).data == b"1"
    await ordered.unsubscribe()
    pulled = await jetstream.pull_subscribe(
        "catalogue.*", stream=CATALOGUE, config=ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
    )
    assert [message.data for message in await pulled.fetch(1, timeout=2)] == [b"1"]
    assert not refusals
    with pytest.raises(NatsTimeout):
        await jetstream.stream_info(DEAD_LETTERS)
    with pytest.raises(NatsTimeout):
        await jetstream.get_msg(EVENTS, 1)
    with pytest.raises(NatsTimeout):
        await jetstream.add_consumer(EVENTS, ConsumerConfig(name="peep"))
    await submissions.close()
    await search.close()


async def test_services_do_their_whole_work_as_their_own_users(
    bus: NatsWithUsers, mongodb_url: str, database: str
) -> None:
    lines, effects = StringIO(), list[str]()

    async def note(event: Received[SubmissionDrafted], _: Transaction) -> None:
        if event.data.contribution_id == "poison":
            raise Permanent("cannot be handled")
        effects.append(event.data.contribution_id)

    subscriptions = {"review": (Subscription(durable="review-submissions", handlers={SubmissionDrafted: note}),)}
    async with AsyncExitStack() as stack:
        stores = {}
        for name in ("submissions", "review"):
            stores[name] = await Store.connect(mongodb_url, f"{database}_{name}", service=name)
            stack.push_async_callback(stores[name].close)
            own = await Bus.connect(
                service=name,
                settings=Settings(
                    nats_url=bus.url,
                    nats_user=name,
                    nats_password=SecretStr(bus.passwords[name]),
                ),
                store=stores[name],
                subscriptions=subscriptions.get(name, ()),
                metrics=Metrics(name),
                log=configure(name, stream=lines),
            )
            stack.push_async_callback(own.close)
            await stack.enter_async_context(own.running())
            await own.ready()
        for identifier in ("c1", "poison"):
            await say_drafted(stores["submissions"], identifier)
        operator = await stack.enter_async_context(await bus.connect(OPERATOR))
        await eventually(lambda: effects == ["c1"])

        async def buried() -> bool:
            return (await operator.jetstream().stream_info(DEAD_LETTERS)).state.messages == 1

        await eventually(buried)
        for store in stores.values():
            await store.client.drop_database(store.db.name)
    assert "nats error" not in lines.getvalue()


async def say_drafted(store: Store, identifier: str) -> None:
    drafted = SubmissionDrafted(contribution_id=identifier, kind="practice", author_ids=("ana",))

    async def act(tx: Transaction) -> None:
        tx.say(drafted, aggregate=f"contribution:{identifier}", version=1)

    await store.transact(act)


async def test_the_observer_hears_public_events_and_says_nothing(bus: NatsWithUsers) -> None:
    observer = await bus.connect(OBSERVER)
    heard: list[str] = []

    async def hear(message: Msg) -> None:
        heard.append(message.subject)

    await observer.subscribe("practices.>", cb=hear)
    await observer.flush()
    submissions = await bus.connect("submissions")
    await submissions.jetstream().publish("submissions.drafted", b"{}")
    await submissions.jetstream().publish("practices.published", b"{}")
    await eventually(lambda: heard)
    assert heard == ["practices.published"]
    with pytest.raises((NatsTimeout, NoStreamResponseError)):
        await observer.jetstream().publish("practices.published", b"{}", timeout=0.2)
    await observer.close()
    await submissions.close()


@pytest.mark.parametrize("sign_in", [{}, {"user": "review", "pass": "guess"}, {"user": "root", "pass": ""}])
async def test_a_wrong_password_is_refused(nats_with_users: NatsWithUsers, sign_in: dict[str, str]) -> None:
    host, port = nats_with_users.url.removeprefix("nats://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))  # nats-py leaks its socket when refused
    writer.write(f"CONNECT {json.dumps(sign_in)}\r\nPING\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), timeout=5)
    assert b"Authorization Violation" in answer
    assert b"PONG" not in answer
    writer.close()
    await writer.wait_closed()


def test_passwords_are_made_once_and_only_for_their_owner(tmp_path: Path) -> None:
    file = tmp_path / "passwords.json"
    first = passwords(file, ["review", "search"])
    assert passwords(file, ["review", "search"]) == first
    assert first["review"] != first["search"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert passwords(file, ["review", "late"])["review"] == first["review"]
