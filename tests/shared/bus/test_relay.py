"""What the relay promises: everything committed is published, in order, and marked only when stored."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import structlog
from nats.js.errors import NotFoundError

from shared.bus.dead_letters import one_line
from shared.bus.reconcile import reconcile
from shared.bus.relay import Relay
from shared.bus.topology import CATALOGUE, EVENTS, provision
from shared.events.practices import PracticeWithdrawn
from shared.events.submissions import SubmissionDrafted
from shared.store.client import Store
from shared.store.outbox import OUTBOX, Transaction
from shared.telemetry.metrics import Metrics
from tests.shared.bus.house import House, drafted
from tests.waiting import eventually


@pytest.fixture
async def elsewhere(house: House, mongodb_url: str) -> AsyncIterator[House]:
    """The same house as another process has it, with a store of its own."""
    another = await Store.connect(mongodb_url, house.store.db.name, service="review")
    yield replace(house, store=another)
    await another.close()


def _relay(house: House) -> Relay:
    return Relay(house.store, house.js, metrics=Metrics("test"), log=structlog.get_logger())


def _withdrawn(version: int) -> PracticeWithdrawn:
    return PracticeWithdrawn.model_validate(
        {
            "practice_id": "p1",
            "version": version,
            "title": {"en": "A title"},
            "reason_code": "rights",
            "withdrawn_at": "2026-01-01T00:00:00Z",
        }
    )


async def _stream(house: House, name: str = EVENTS) -> list[dict[str, Any]]:
    state = (await house.js.stream_info(name)).state
    found = []
    for number in range(max(state.first_seq, 1), state.last_seq + 1):
        try:
            found.append(json.loads((await house.js.get_msg(name, number)).data or b""))
        except NotFoundError:
            continue
    return found


async def test_nothing_is_published_of_a_transaction_that_failed(house: House) -> None:
    async def act(tx: Transaction) -> None:
        tx.say(drafted("one"), aggregate="contribution:one", version=1)
        raise LookupError

    with pytest.raises(LookupError):
        await house.store.transact(act)
    assert await _relay(house).publish_pending() == (0, 0)
    assert await _stream(house) == []


async def test_an_event_is_a_cloudevent_with_its_chain(house: House) -> None:
    await house.say(drafted("one"), aggregate="contribution:one", version=1)
    assert await _relay(house).publish_pending() == (1, 1)
    (event,) = await _stream(house)
    assert event["specversion"] == "1.0"
    assert event["type"] == SubmissionDrafted.type
    assert event["source"] == "/review"
    assert event["subject"] == "one"
    assert event["partitionkey"] == "contribution:one"
    assert event["aggregateversion"] == 1
    assert event["correlationid"] == event["id"]
    assert len(event["traceparent"]) == 55
    assert event["time"].endswith("Z")
    row = await house.store.db[OUTBOX].find_one({"_id": event["id"]})
    assert row is not None
    assert "pending" not in row
    assert row["expires_at"] > row["published_at"]


async def test_an_aggregate_version_cannot_be_said_twice(house: House) -> None:
    await house.say(drafted("one"), aggregate="contribution:one", version=1)
    with pytest.raises(Exception, match="duplicate key"):
        await house.say(drafted("one"), aggregate="contribution:one", version=1)


async def test_later_events_of_an_aggregate_wait_while_an_earlier_one_cannot_be_published(house: House) -> None:
    await house.say(drafted("one"), aggregate="contribution:one", version=1)
    await house.say(drafted("one"), aggregate="contribution:one", version=2)
    await house.say(drafted("two"), aggregate="contribution:two", version=1)
    await house.store.db[OUTBOX].update_one(
        {"aggregate": "contribution:one", "version": 1},
        {"$set": {"targets": [{"stream": EVENTS, "subject": "nobody.stores.this"}]}},
    )
    assert await _relay(house).publish_pending() == (3, 1)
    assert [event["subject"] for event in await _stream(house)] == ["two"]


async def test_a_relay_that_died_before_the_mark_publishes_again_without_a_second_copy(house: House) -> None:
    await house.say(drafted("one"), aggregate="contribution:one", version=1)
    relay = _relay(house)
    await relay.publish_pending()
    await house.store.db[OUTBOX].update_many({}, {"$set": {"pending": True}})
    assert await relay.publish_pending() == (1, 1)
    assert len(await _stream(house)) == 1


async def test_what_a_sweep_published_is_not_published_again_when_the_change_stream_brings_it(house: House) -> None:
    await house.say(drafted("one"), aggregate="contribution:one", version=1)
    row = await house.store.db[OUTBOX].find_one()
    assert row is not None
    relay = _relay(house)
    assert relay._is_new(row)
    await relay.publish_pending()
    assert not relay._is_new(row)


async def test_public_events_stand_on_the_catalogue_too_the_latest_only(house: House) -> None:
    await house.say(_withdrawn(1), aggregate="practice:p1", version=1)
    await house.say(_withdrawn(2), aggregate="practice:p1", version=2)
    await _relay(house).publish_pending()
    assert [event["data"]["version"] for event in await _stream(house)] == [1, 2]
    assert [event["data"]["version"] for event in await _stream(house, CATALOGUE)] == [2]
    first, second = await house.store.db[OUTBOX].find().sort("version", 1).to_list(None)
    assert "expires_at" in first
    assert "expires_at" not in second


async def test_reconcile_rebuilds_streams_that_were_lost(house: House) -> None:
    await house.say(drafted("one"), aggregate="contribution:one", version=1)
    await house.say(drafted("one"), aggregate="contribution:one", version=2)
    await house.say(_withdrawn(1), aggregate="practice:p1", version=1)
    await _relay(house).publish_pending()
    before = await _stream(house)
    for name in (EVENTS, CATALOGUE):
        await house.js.delete_stream(name)
    await provision(house.js)
    seen = await reconcile(house.store.db, house.js, repair=False)
    assert (seen.rows, seen.missing_events, seen.missing_snapshots) == (3, 3, 1)
    await reconcile(house.store.db, house.js, repair=True)
    again = await reconcile(house.store.db, house.js, repair=True)
    assert (again.missing_events, again.missing_snapshots) == (0, 0)
    assert sorted(await _stream(house), key=str) == sorted(before, key=str)
    assert len(await _stream(house, CATALOGUE)) == 1


async def test_a_commit_wakes_the_relay_and_only_one_of_two_works(house: House) -> None:
    async with house.running() as first, house.running():
        await house.say(drafted("one"), aggregate="contribution:one", version=1)
        await eventually(lambda: _stream(house))
        assert first.connection.is_connected
    leases = await house.store.db["leases"].find().to_list(None)
    assert [lease["_id"] for lease in leases] == ["relay"]


@pytest.mark.parametrize("where", ["in this process", "in another"])
async def test_a_commit_anywhere_is_published_without_waiting_for_the_sweep(
    house: House, monkeypatch: pytest.MonkeyPatch, elsewhere: House, where: str
) -> None:
    monkeypatch.setattr("shared.bus.relay.SWEEP_SECONDS", 60.0)
    speaker = house if where == "in this process" else elsewhere
    async with house.running():
        await eventually(lambda: house.store.once_said)
        await eventually(lambda: _watched(house))
        await speaker.say(drafted("one"), aggregate="contribution:one", version=1)
        await eventually(lambda: _stream(house))


@pytest.mark.parametrize("say", ["a snapshot", "an event"])
async def test_nothing_overtakes_what_another_process_said_before(
    house: House, monkeypatch: pytest.MonkeyPatch, elsewhere: House, say: str
) -> None:
    monkeypatch.setattr(Relay, "_follow", _deaf)  # what others say is found by the sweep alone, as when a watch is lost
    aggregate = "practice:p1" if say == "a snapshot" else "contribution:one"
    async with house.running():
        await eventually(lambda: house.store.once_said)
        for version in range(1, 6, 2):
            for where, number in ((elsewhere, version), (house, version + 1)):
                event = _withdrawn(number) if say == "a snapshot" else drafted("one")
                await where.say(event, aggregate=aggregate, version=number)
            await eventually(partial(_has_all, house, version + 1))
    assert [event["aggregateversion"] for event in await _stream(house)] == [1, 2, 3, 4, 5, 6]
    assert [event["aggregateversion"] for event in await _stream(house, CATALOGUE)] == [6] * (say == "a snapshot")


async def test_what_another_process_said_between_two_that_are_heard_together_goes_between_them(
    house: House, elsewhere: House
) -> None:
    for where, version in ((house, 1), (elsewhere, 2), (elsewhere, 3), (house, 4)):
        await where.say(drafted("one"), aggregate="contribution:one", version=version)
    heard = await house.store.db[OUTBOX].find({"said_by": house.store.id}).to_list(None)
    assert await _relay(house)._publish(heard) == 4
    assert [event["aggregateversion"] for event in await _stream(house)] == [1, 2, 3, 4]


async def test_what_was_said_by_a_clock_that_is_ahead_goes_before_what_came_of_it(
    house: House, elsewhere: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids are ordered by time: the first events of all stand behind more than one sweep publishes."""
    monkeypatch.setattr("shared.bus.relay.BATCH", 2)
    for name in ("one", "two", "three"):
        await elsewhere.say(drafted(name), aggregate=f"contribution:{name}", version=1)
        await house.say(drafted(name), aggregate=f"contribution:{name}", version=2)
    outbox = house.store.db[OUTBOX]
    for row in await outbox.find({"version": 1}).to_list(None):
        await outbox.delete_one({"_id": row["_id"]})
        await outbox.insert_one(row | {"_id": f"f{row['_id'][1:]}"})
    relay = _relay(house)
    while (await relay.publish_pending())[1]:
        pass
    versions: dict[str, list[int]] = {name: [] for name in ("one", "two", "three")}
    for event in await _stream(house):
        versions[event["subject"]].append(event["aggregateversion"])
    assert versions == {name: [1, 2] for name in ("one", "two", "three")}


async def test_in_one_process_the_outbox_is_not_asked_for_what_was_published_before(house: House) -> None:
    relay = _relay(house)
    await house.store.db.command("profile", 2)
    for version in range(1, 4):
        await house.say(drafted("one"), aggregate="contribution:one", version=version)
        await relay._publish(await _said(house, version))
    asked = {"op": "query", "ns": f"{house.store.db.name}.{OUTBOX}", "command.filter.$or": {"$exists": True}}
    assert await house.store.db["system.profile"].count_documents(asked) == 0
    await _relay(house)._publish(await _said(house, 3))  # another one cannot know
    assert await house.store.db["system.profile"].count_documents(asked) == 1
    await house.store.db.command("profile", 0)


async def _said(house: House, version: int) -> list[dict[str, Any]]:
    return await house.store.db[OUTBOX].find({"version": version}).to_list(None)


async def _deaf(_: Relay) -> None:
    await asyncio.Event().wait()


async def _has_all(house: House, count: int) -> bool:
    return len(await _stream(house)) == count


async def _watched(house: House) -> bool:
    """Whether a change stream is open, so that nothing passes it by before."""
    operations = await house.store.client.admin.aggregate([{"$currentOp": {}}, {"$match": {"op": "getmore"}}])
    return f"{house.store.db.name}.outbox" in {one["ns"] async for one in operations}


async def test_the_watchdog_makes_a_deleted_durable_again(house: House) -> None:
    bus = await house.bus()
    await bus.ready()
    await house.js.delete_consumer(EVENTS, "review-submissions")
    with pytest.raises(NotFoundError):
        await bus.ready()
    async with bus.running():
        await eventually(lambda: _ready(bus.ready))
        await house.say(drafted("one"), aggregate="contribution:one", version=1)
        await eventually(house.effects)
    await bus.close()


async def _ready(check: Any) -> bool:
    try:
        await check()
    except NotFoundError:
        return False
    return True


def test_a_reason_fits_a_header() -> None:
    assert one_line("two\nlines\tand ünïcode") == "two lines and \\xfcn\\xefcode"
    assert len(one_line("x" * 10_000)) == 500
