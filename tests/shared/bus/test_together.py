"""Events handled together: one transaction for many, and each as safe as by itself."""

import asyncio
import json
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from shared.bus.dead_letters import dead_letters
from shared.bus.together import MOST, Heard, Together, runs_of
from shared.clock import utc_now
from shared.errors import Permanent
from shared.events.envelope import Envelope, Received, schema_address
from shared.events.submissions import SubmissionDiscarded, SubmissionRestored
from shared.ids import new_id
from shared.store.inbox import INBOX, NotNext, Run, take_turns
from shared.store.outbox import OUTBOX, Transaction
from shared.telemetry.logs import configure
from shared.telemetry.trace import new_trace
from tests.shared.bus.house import DURABLE, House, discarded, drafted
from tests.waiting import eventually

MOMENT = 0.3


def _heard(aggregate: str, version: int, durable: str = DURABLE) -> Heard:
    data = drafted(aggregate)
    envelope = Envelope(
        id=new_id(),
        source="/elsewhere",
        type=data.type,
        subject=aggregate,
        time=utc_now(),
        dataschema=schema_address(type(data)),
        partitionkey=aggregate,
        aggregateversion=version,
        correlationid="",
        data={},
    )
    return Heard(
        durable=durable,
        event=Received[Any].model_construct(envelope=envelope, data=data),
        trace=new_trace(),
        handler=None,
    )


async def _say_all(house: House, *, count: int, versions: int) -> None:
    for version in range(1, versions + 1):
        for number in range(count):
            await house.say(drafted(str(number)), aggregate=f"contribution:{number}", version=version)


async def _effects(house: House, count: int) -> list[dict[str, Any]]:
    async def there() -> list[dict[str, Any]] | None:
        effects = await house.effects()
        return effects if len(effects) >= count else None

    return await eventually(there)


async def test_what_comes_within_a_moment_shares_a_transaction(house: House) -> None:
    house.gather_seconds = MOMENT
    transactions: set[int] = set()

    async def note(event: Received[Any], tx: Transaction) -> None:
        transactions.add(id(tx.session))
        await house.note(event, tx)

    await _say_all(house, count=4, versions=2)
    async with house.running(note):
        effects = await _effects(house, 8)
        assert len(effects) == 8
    assert len(transactions) == 1
    inbox = await house.store.db[INBOX].find().to_list(None)
    assert [row["position"] for row in inbox] == [2] * 4


async def test_a_backlog_does_not_wait_for_the_moment(house: House) -> None:
    house.gather_seconds = 60.0
    await _say_all(house, count=16, versions=1)
    async with house.running():
        await _effects(house, 16)


async def test_an_urgent_event_waits_for_no_other_and_takes_along_what_is_there(house: House) -> None:
    house.gather_seconds = 60.0
    house.urgent = (SubmissionDiscarded,)
    await _say_all(house, count=3, versions=1)
    async with house.running():
        await house.say(discarded("0"), aggregate="contribution:0", version=2)
        await _effects(house, 4)


async def test_one_that_fails_undoes_all_and_each_is_then_by_itself(house: House) -> None:
    house.gather_seconds = MOMENT
    house.fail[2] = [Permanent("no such case"), Permanent("no such case")]  # together, and by itself
    await _say_all(house, count=3, versions=1)
    await house.say(discarded("0"), aggregate="contribution:0", version=2)
    await house.say(discarded("0"), aggregate="contribution:0", version=3)
    async with house.running():
        effects = await _effects(house, 4)
        (letter,) = await eventually(lambda: dead_letters(house.js))
    assert letter.reason == "no such case"
    assert sorted((one["aggregate"], one["version"]) for one in effects) == [
        ("contribution:0", 1),
        ("contribution:0", 3),
        ("contribution:1", 1),
        ("contribution:2", 1),
    ]


async def test_a_database_that_fails_leaves_one_effect_of_each(house: House) -> None:
    house.gather_seconds = MOMENT
    failures = [OperationFailure("no"), OperationFailure("no")]

    async def note(event: Received[Any], tx: Transaction) -> None:
        await house.note(event, tx)
        if failures:
            raise failures.pop()

    await _say_all(house, count=3, versions=1)
    async with house.running(note):
        await _effects(house, 3)
        await eventually(lambda: _settled(house))
    assert len(await house.effects()) == 3


async def _settled(house: House) -> bool:
    info = await house.js.consumer_info("EVENTS", DURABLE)
    return not info.num_pending and not info.num_ack_pending


async def test_what_each_event_makes_a_handler_say_names_it_as_the_cause(house: House) -> None:
    house.gather_seconds = MOMENT

    async def answer(event: Received[Any], tx: Transaction) -> None:
        if event.aggregate.startswith("contribution"):
            number = event.aggregate.partition(":")[2]
            tx.say(discarded(number), aggregate=f"case:{number}", version=1)

    await _say_all(house, count=3, versions=1)
    said = {row["aggregate"]: row["_id"] async for row in house.store.db[OUTBOX].find()}
    async with house.running(answer):
        rows = await eventually(lambda: _answers(house, 3))
    for row in rows:
        body = json.loads(row["body"])
        assert body["causationid"] == said[f"contribution:{body['subject']}"]


async def _answers(house: House, count: int) -> list[dict[str, Any]] | None:
    rows = await house.store.db[OUTBOX].find({"aggregate": {"$regex": "^case:"}}).to_list(None)
    return rows if len(rows) == count else None


async def test_events_without_an_effect_are_noted_together_without_a_transaction(house: House) -> None:
    commits = await _commits(house)
    together = Together(house.store, seconds=MOMENT, log=configure("test"))
    heard = [_heard("a", 1), _heard("a", 2), _heard("b", 1), _heard("a", 1, "another")]
    assert await asyncio.gather(*map(together.handle, heard)) == [True] * 4
    rows = await house.store.db[INBOX].find().sort("_id", 1).to_list(None)
    assert [(row["_id"], row["position"]) for row in rows] == [
        ("another/a", 1),
        (f"{DURABLE}/a", 2),
        (f"{DURABLE}/b", 1),
    ]
    assert await _commits(house) == commits


async def test_what_several_durables_have_under_way_shares_one_round(house: House) -> None:
    together = Together(house.store, seconds=60.0, log=configure("test"))
    heard = [_heard(str(number), 1, durable) for durable in ("one", "another") for number in range(MOST - 1)]
    waiting = [asyncio.create_task(together.handle(one)) for one in heard]
    await asyncio.sleep(0)
    assert await together.handle(_heard("last", 1, "one")) is True, "of one it is all that can be under way"
    assert await asyncio.gather(*waiting) == [True] * len(heard)
    assert await house.store.db[INBOX].count_documents({}) == 2 * MOST - 1


async def test_of_events_without_an_effect_one_that_is_early_waits_and_the_others_are_noted(house: House) -> None:
    house.gather_seconds = MOMENT
    await house.say(_unheard("a"), aggregate="contribution:a", version=2)
    await house.say(_unheard("b"), aggregate="contribution:b", version=1)
    async with house.running():
        await eventually(lambda: _positions(house, b=1))
        await house.say(_unheard("a"), aggregate="contribution:a", version=1)
        await eventually(lambda: _positions(house, a=2, b=1))
        await eventually(lambda: _settled(house))
    assert await dead_letters(house.js) == []


def _unheard(contribution_id: str) -> SubmissionRestored:
    return SubmissionRestored(contribution_id=contribution_id, author_ids=())


async def _positions(house: House, **wanted: int) -> bool:
    rows = await house.store.db[INBOX].find().to_list(None)
    return {row["_id"].rpartition(":")[2]: row["position"] for row in rows} == wanted


async def _commits(house: House) -> int:
    status = await house.store.client.admin.command("serverStatus")
    return int(status["metrics"]["commands"]["commitTransaction"]["total"])


@pytest.mark.parametrize("version", [1, 2, 4])
async def test_a_turn_that_is_not_the_next_is_refused_with_all_others(house: House, version: int) -> None:
    async def act(tx: Transaction, *runs: Run) -> None:
        await take_turns(tx, runs)

    one = Run(durable=DURABLE, aggregate="one", first=1, last=2)
    two = Run(durable=DURABLE, aggregate="two", first=1, last=1)
    await house.store.transact(lambda tx: act(tx, one))
    late = Run(durable=DURABLE, aggregate="one", first=version, last=version)
    with pytest.raises(NotNext):
        await house.store.transact(lambda tx: act(tx, late, two))
    rows = await house.store.db[INBOX].find().to_list(None)
    assert [(row["_id"], row["position"]) for row in rows] == [(f"{DURABLE}/one", 2)]


def test_events_of_one_aggregate_and_durable_are_one_run() -> None:
    heard = [_heard("a", 3), _heard("b", 1), _heard("a", 4), _heard("a", 1, "another")]
    assert [(run.durable, run.aggregate, run.first, run.last) for run in runs_of(heard)] == [
        (DURABLE, "a", 3, 4),
        (DURABLE, "b", 1, 1),
        ("another", "a", 1, 1),
    ]
    for wrong in ([_heard("a", 3), _heard("a", 5)], [_heard("a", 3), _heard("a", 3)], [_heard("a", 2), _heard("a", 1)]):
        with pytest.raises(NotNext):
            runs_of(wrong)
