"""What a consumer promises: every event takes effect once, in order, or is a dead letter with its reason.

Each promise is tried with events handled by themselves and handled together.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.bus.consumer import GAP_ATTEMPTS, LONGEST_GAP_SECONDS, MAX_DELIVERIES, WORKERS, delay
from shared.bus.dead_letters import DeadLetter, dead_letter, dead_letters, replay
from shared.bus.topology import ACK_WAIT_SECONDS
from shared.errors import Permanent, Transient
from shared.events.envelope import Received
from shared.store.inbox import INBOX
from shared.store.outbox import OUTBOX, Transaction
from tests.shared.bus.house import DURABLE, House, discarded, drafted, open_house
from tests.waiting import eventually

ONE = "contribution:one"


@pytest.fixture(params=[0.0, 0.05], ids=["alone", "together"])
async def house(request: pytest.FixtureRequest, mongodb_url: str, database: str, nats_url: str) -> AsyncIterator[House]:
    async with open_house(mongodb_url, database, nats_url) as house:
        house.gather_seconds = request.param
        yield house


async def _versions(house: House, aggregate: str = ONE) -> list[int]:
    return [row["version"] for row in await house.effects() if row["aggregate"] == aggregate]


async def _letters(house: House, count: int) -> list[DeadLetter]:
    async def enough() -> list[DeadLetter] | None:
        letters = await dead_letters(house.js)
        return letters if len(letters) >= count else None

    found = await eventually(enough)
    assert found is not None
    assert len(found) == count
    return found


async def test_an_event_that_was_said_takes_effect_once(house: House) -> None:
    async with house.running():
        await house.say(drafted("one"), aggregate=ONE, version=1)
        await eventually(lambda: _versions(house))
        body = (await house.js.get_msg("EVENTS", 1)).data
        await house.js.publish("submissions.drafted", body or b"", headers={"aggregate": ONE})
        await house.say(discarded("one"), aggregate=ONE, version=2)
        await eventually(lambda: _has(house, [1, 2]))
    assert await _versions(house) == [1, 2]


async def _has(house: House, versions: list[int]) -> bool:
    return await _versions(house) == versions


def test_events_behind_a_gap_outwait_several_processes_that_die() -> None:
    waited = [delay(attempt, LONGEST_GAP_SECONDS) for attempt in range(1, GAP_ATTEMPTS)]
    assert sum(waited) > 9 * ACK_WAIT_SECONDS
    assert GAP_ATTEMPTS < MAX_DELIVERIES


async def test_an_event_that_comes_too_early_waits_for_the_one_before(house: House) -> None:
    await house.say(drafted("one"), aggregate=ONE, version=1)
    await house.say(discarded("one"), aggregate=ONE, version=2)
    first, second = await house.store.db[OUTBOX].find().sort("version", 1).to_list(None)
    await house.store.db[OUTBOX].update_many({}, {"$unset": {"pending": ""}})
    async with house.running():
        await house.js.publish("submissions.discarded", second["body"], headers={"aggregate": ONE})
        await eventually(lambda: _redelivered(house))
        assert await _versions(house) == []
        await house.js.publish("submissions.drafted", first["body"], headers={"aggregate": ONE})
        await eventually(lambda: _has(house, [1, 2]))


async def _redelivered(house: House) -> bool:
    return ((await house.js.consumer_info("EVENTS", DURABLE)).num_redelivered or 0) > 0


async def test_a_transient_error_undoes_the_effect_and_tries_again(house: House) -> None:
    house.fails(1, Transient("not yet"), Transient("not yet"))
    async with house.running():
        await house.say(drafted("one"), aggregate=ONE, version=1)
        await eventually(lambda: _has(house, [1]))
    assert house.fail[1] == []


async def test_a_permanent_error_is_a_dead_letter_and_the_aggregate_goes_on(house: House) -> None:
    house.fails(1, Permanent("no such case"))
    async with house.running():
        event_id = await house.say(drafted("one"), aggregate=ONE, version=1)
        await house.say(discarded("one"), aggregate=ONE, version=2)
        await eventually(lambda: _has(house, [2]))
        (letter,) = await _letters(house, 1)
    assert (letter.reason, letter.durable, letter.event_id) == ("no such case", DURABLE, event_id)
    assert json.loads(letter.body)["id"] == event_id


async def test_a_replayed_dead_letter_takes_effect_once(house: House) -> None:
    house.fails(1, Permanent("a bug, since mended"))
    async with house.running():
        await house.say(drafted("one"), aggregate=ONE, version=1)
        await house.say(discarded("one"), aggregate=ONE, version=2)
        await eventually(lambda: _has(house, [2]))
        (letter,) = await _letters(house, 1)
        house.fail.clear()
        await replay(house.js, letter)
        await eventually(lambda: _has(house, [2, 1]))
        assert await dead_letters(house.js) == []
        await house.js.publish("submissions.drafted", letter.body, headers={"aggregate": ONE})
        await house.say(drafted("two"), aggregate="contribution:two", version=1)
        await eventually(lambda: _versions(house, "contribution:two"))
    assert await _versions(house) == [2, 1]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\x00\xff not json", "not a CloudEvents 1.0 envelope"),
        (b"{}", "not a CloudEvents 1.0 envelope"),
    ],
)
async def test_an_undecodable_body_is_a_dead_letter_and_others_go_on(house: House, body: bytes, reason: str) -> None:
    async with house.running():
        headers = {"content-type": "application/json", "aggregate": ONE, "aggregateversion": "1"}
        await house.js.publish("submissions.drafted", body, headers=headers)
        await house.say(discarded("one"), aggregate=ONE, version=2)
        await eventually(lambda: _has(house, [2]))
        (letter,) = await _letters(house, 1)
    assert reason in letter.reason
    assert letter.body == body


@pytest.mark.parametrize("change", [{"type": "eu.practice-exchange.submission.drafted.v9"}, {"data": {"kind": 7}}])
async def test_an_unknown_version_or_unfit_data_is_a_dead_letter(house: House, change: dict[str, object]) -> None:
    await house.say(drafted("one"), aggregate=ONE, version=1)
    row = await house.store.db[OUTBOX].find_one()
    assert row is not None
    body = json.dumps(json.loads(row["body"]) | change).encode()
    await house.store.db[OUTBOX].update_one({"_id": row["_id"]}, {"$set": {"body": body}})
    async with house.running():
        (letter,) = await _letters(house, 1)
    assert "drafted" in letter.reason
    assert (await dead_letter(house.js, letter.number)).body == body


async def test_an_unexpected_error_is_tried_eight_times_and_then_a_dead_letter(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus.consumer.delay", lambda *_: 0.001)
    house.fails(1, *(RuntimeError(f"bug {number}") for number in range(8)))
    async with house.running():
        await house.say(drafted("one"), aggregate=ONE, version=1)
        (letter,) = await _letters(house, 1)
    assert letter.attempts == 8
    assert letter.reason == "RuntimeError: bug 0"


async def test_a_missing_event_does_not_hold_its_aggregate_for_ever(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus.consumer.delay", lambda *_: 0.001)
    monkeypatch.setattr("shared.bus.consumer.GAP_ATTEMPTS", 20)
    await house.say(discarded("one"), aggregate=ONE, version=3)
    async with house.running():
        (letter,) = await _letters(house, 1)
        await house.say(discarded("one"), aggregate=ONE, version=4)
        await eventually(lambda: _has(house, [4]))
        await house.say(drafted("one"), aggregate=ONE, version=1)
        await eventually(lambda: _has(house, [4, 1]))
    assert "before version 3" in letter.reason
    inbox = await house.store.db[INBOX].find_one({"_id": f"{DURABLE}/{ONE}"})
    assert inbox is not None
    assert sorted(inbox["skipped"]) == [2, 3]


async def test_many_aggregates_run_side_by_side_and_each_in_order(house: House) -> None:
    async with house.running():
        for version in (1, 2, 3):
            for number in range(20):
                await house.say(drafted(str(number)), aggregate=f"contribution:{number}", version=version)

        async def all_there() -> bool:
            return len(await house.effects()) == 60

        await eventually(all_there)
    for number in range(20):
        assert await _versions(house, f"contribution:{number}") == [1, 2, 3]


async def test_no_more_is_asked_for_than_is_worked_on_and_stopping_waits_for_that(house: House) -> None:
    started = 0
    let_go = asyncio.Event()

    async def note(event: Received[Any], tx: Transaction) -> None:
        nonlocal started
        started += 1
        await let_go.wait()
        await house.note(event, tx)

    async def busy() -> bool:
        return started == (1 if house.gather_seconds else WORKERS)  # together they are handled one after the other

    for number in range(3 * WORKERS):
        await house.say(drafted(str(number)), aggregate=f"contribution:{number}", version=1)
    async with house.running(note):
        await eventually(busy)

        async def held() -> int:
            return int((await house.js.consumer_info("EVENTS", DURABLE)).num_ack_pending or 0)

        async def full() -> bool:
            return await held() >= WORKERS

        await eventually(full)
        assert await held() == WORKERS
        asyncio.get_running_loop().call_later(0.3, let_go.set)
    left = await house.js.consumer_info("EVENTS", DURABLE)
    assert len(await house.effects()) == left.ack_floor.consumer_seq >= WORKERS
    assert left.num_ack_pending == 0


def test_the_delay_doubles_to_half_a_minute() -> None:
    assert [delay(attempt) for attempt in (1, 2, 3)] == [0.1, 0.2, 0.4]
    assert delay(50) == 30.0
