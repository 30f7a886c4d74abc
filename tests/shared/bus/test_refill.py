"""A stream that was lost is filled again with what was published into it, in order, by whoever said it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import structlog
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import NotFoundError

from shared.bus.catch_up import MANY
from shared.bus.dead_letters import dead_letters
from shared.bus.keeper import Keeper
from shared.bus.refill import PUBLISHED_INTO, Refill, StreamMissing
from shared.bus.relay import BATCH
from shared.bus.topology import CATALOGUE, EVENTS, PUBLIC, provision
from shared.errors import Permanent
from shared.store.outbox import OUTBOX, Transaction
from tests.shared.bus.house import DURABLE, House, drafted
from tests.shared.bus.test_relay import _relay, _stream, _withdrawn
from tests.waiting import eventually

ONE = "contribution:one"


async def _versions(house: House, stream: str = EVENTS) -> list[int]:
    try:
        return [event["aggregateversion"] for event in await _stream(house, stream)]
    except NotFoundError:
        return []


async def _effects(house: House, versions: list[int]) -> bool:
    return [row["version"] for row in await house.effects()] == versions


async def test_a_lost_stream_is_filled_in_order_before_anything_new_and_nothing_takes_effect_twice(
    house: House,
) -> None:
    async with house.running():
        for version in (1, 2):
            await house.say(drafted("one"), aggregate=ONE, version=version)
        await eventually(lambda: _effects(house, [1, 2]))
        await eventually(lambda: _noted(house, EVENTS))
        await house.js.delete_stream(EVENTS)
        await house.say(drafted("one"), aggregate=ONE, version=3)
        await eventually(lambda: house.store.db[OUTBOX].count_documents({"pending": True}))
        # The keeper leaves it missing for a while: who made another at once could not tell it from the old one.
        await Keeper(house.js, log=structlog.get_logger()).look()
        await eventually(lambda: _all_published(house), 20)
        assert await _versions(house) == [1, 2, 3]
        await house.say(drafted("one"), aggregate=ONE, version=4)
        await eventually(lambda: _effects(house, [1, 2, 3, 4]), 20)


async def test_a_lost_catalogue_is_filled_with_the_latest_of_each_practice(house: House) -> None:
    async with house.running():
        for practice in ("a", "b"):
            for version in (1, 2):
                await house.say(_withdrawn(version), aggregate=f"practice:{practice}", version=version)
        await eventually(lambda: _noted(house, CATALOGUE))
        await house.js.delete_stream(CATALOGUE)
        await provision(house.js)
        await eventually(lambda: _count(house, CATALOGUE, 2), 20)
    assert await _versions(house, CATALOGUE) == [2, 2]
    assert len(await _versions(house)) == 4  # the other stream has nothing twice


async def test_the_public_stream_fills_itself_when_it_or_its_source_was_lost(house: House) -> None:
    async with house.running():
        await house.say(_withdrawn(1), aggregate="practice:a", version=1)
        await eventually(lambda: _count(house, PUBLIC, 1))
        await house.js.delete_stream(PUBLIC)
        await provision(house.js)
        await eventually(lambda: _count(house, PUBLIC, 1))
        await eventually(lambda: _noted(house, EVENTS))
        await house.js.delete_stream(EVENTS)
        await asyncio.gather(provision(house.js), house.say(_withdrawn(2), aggregate="practice:a", version=2))
        await eventually(lambda: _holds(house, PUBLIC, 2), 30)


async def test_nothing_is_noted_as_published_that_only_the_lost_stream_had(house: House) -> None:
    """The relay marks what it published a moment later: what it published into a stream that is gone by then too."""
    relay = _relay(house)
    await relay._refill.begin()
    assert await relay._may_publish()
    await house.say(drafted("one"), aggregate=ONE, version=1)
    rows = await house.store.db[OUTBOX].find().to_list(None)
    await relay._publish(rows)
    await house.js.delete_stream(EVENTS)
    assert not await relay._may_publish()
    await provision(house.js)
    assert await relay._may_publish()
    assert await _versions(house) == [1]
    assert not await house.store.db[OUTBOX].count_documents({"pending": True})


async def test_an_event_that_is_heard_waits_behind_a_long_backlog(house: House) -> None:
    """Else it would overtake an earlier one of its aggregate, which stands at the end of what waits."""

    async def act(tx: Transaction) -> None:
        for number in range(BATCH):
            tx.say(drafted(str(number)), aggregate=f"contribution:{number}", version=1)

    await house.store.transact(act)
    await house.say(drafted("one"), aggregate=ONE, version=1)
    relay = _relay(house)
    await relay._refill.begin()
    heard: list[dict[str, Any]] = []
    house.store.once_said = heard.extend
    await house.say(drafted("one"), aggregate=ONE, version=2)
    relay._hear(heard)
    task = asyncio.create_task(relay._publish_for_ever())
    await eventually(lambda: _all_published(house), 30)
    task.cancel()
    versions = [event["aggregateversion"] for event in await _stream(house) if event["partitionkey"] == ONE]
    assert versions == [1, 2]


async def test_what_is_older_than_the_stream_keeps_is_not_published_again(house: House) -> None:
    await house.say(_withdrawn(1), aggregate="practice:a", version=1)
    await _relay(house).publish_pending()
    (row,) = await house.store.db[OUTBOX].find().to_list(None)
    await house.store.db[OUTBOX].update_one({}, {"$set": {"published_at": row["published_at"].replace(year=2020)}})
    await house.js.delete_stream(EVENTS)
    await provision(house.js)
    refill = Refill(house.store, house.js, log=structlog.get_logger())
    await refill.begin()
    await refill.fill(EVENTS, "another")
    await refill.fill(CATALOGUE, "another")
    assert await _versions(house) == []
    assert await _versions(house, CATALOGUE) == [1]


async def test_a_missing_stream_is_told_apart_from_one_that_cannot_be_looked_at(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    refill = Refill(house.store, house.js, log=structlog.get_logger())
    await refill.begin()
    await house.js.delete_stream(EVENTS)
    with pytest.raises(StreamMissing, match=EVENTS):
        await refill.replaced()
    relay = _relay(house)
    await relay._refill.begin()

    async def not_let(_: str) -> None:
        raise NatsTimeoutError

    monkeypatch.setattr(house.js, "stream_info", not_let)
    assert await relay._may_publish()


async def _noted(house: House, stream: str) -> bool:
    return await house.store.db[PUBLISHED_INTO].count_documents({"_id": stream}) == 1


async def _count(house: House, stream: str, count: int) -> bool:
    return len(await _versions(house, stream)) == count


async def _holds(house: House, stream: str, version: int) -> bool:
    return version in await _versions(house, stream)


async def _all_published(house: House) -> bool:
    return not await house.store.db[OUTBOX].count_documents({"pending": True})


async def test_a_durable_that_begins_anew_passes_by_what_is_done_without_a_transaction_each(house: House) -> None:
    count = 5 * MANY

    async def act(tx: Transaction) -> None:
        for number in range(count):
            tx.say(drafted(str(number)), aggregate=f"contribution:{number}", version=1)

    await house.store.transact(act)
    async with house.running():
        await eventually(lambda: _handled(house, count), 30)
    await house.js.delete_consumer(EVENTS, DURABLE)
    await provision(house.js)
    transact, transactions = house.store.transact, []

    async def counted(act: Any, **given: Any) -> Any:
        transactions.append(act)
        return await transact(act, **given)

    house.store.transact = counted  # type: ignore[method-assign]
    async with house.running():
        await eventually(lambda: _nothing_waits(house), 20)
        assert len(transactions) <= 2 * MANY  # until the first of them is answered, and the last hundred
        await house.say(drafted("0"), aggregate="contribution:0", version=2)
        await eventually(lambda: _handled(house, count + 1), 20)


async def _handled(house: House, count: int) -> bool:
    return len(await house.effects()) == count


async def _nothing_waits(house: House) -> bool:
    info = await house.js.consumer_info(EVENTS, DURABLE)
    return not info.num_pending and not info.num_ack_pending


async def test_a_letter_of_a_new_stream_is_not_taken_for_one_of_the_old_stream(house: House) -> None:
    """Both are of the first message, and JetStream drops a second one of the same id for an hour."""
    house.fails(1, Permanent("no"), Permanent("no"))
    async with house.running():
        await house.say(drafted("one"), aggregate=ONE, version=1)
        await eventually(lambda: _letters(house, 1))
    await house.store.db[OUTBOX].delete_many({})
    await house.js.delete_stream(EVENTS)
    await provision(house.js)
    async with house.running():
        await house.say(drafted("two"), aggregate="contribution:two", version=1)
        await eventually(lambda: _letters(house, 2))


async def _letters(house: House, count: int) -> bool:
    return len(await dead_letters(house.js)) == count
