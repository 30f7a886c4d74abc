"""A consumer that dies of one event, again and again: others go on, and the event is a dead letter in the end."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace

from local.mongod import TRANSACTION_SECONDS
from shared.bus.dead_letters import dead_letters
from shared.bus.topology import EVENTS, durable
from shared.events.submissions import SubmissionDiscarded
from tests.shared.bus.dying import DIED
from tests.shared.bus.house import DURABLE, House, discarded, drafted
from tests.shared.bus.test_relay import _relay
from tests.waiting import eventually

DELIVERIES = 12  # another event that is in hand with it escapes at one of them, each time with even odds


async def test_an_event_that_its_consumer_dies_of_is_a_dead_letter_after_a_bounded_number_of_deaths(
    house: House,
) -> None:
    # Each death leaves a transaction open, which keeps the next process from the event until MongoDB ends it.
    await house.store.client.admin.command({"setParameter": 1, "transactionLifetimeLimitSeconds": 1})
    config = replace(durable(DURABLE).config(), ack_wait=1.0)  # else each death costs half a minute
    await house.js.add_consumer(EVENTS, config)
    await house.say(drafted("deadly"), aggregate="contribution:deadly", version=1)
    await house.say(discarded("deadly"), aggregate="contribution:deadly", version=2)
    await _relay(house).publish_pending()
    deaths = 0
    child = await _dying(house)
    try:
        await house.say(drafted("other"), aggregate="contribution:other", version=1)
        await _relay(house).publish_pending()
        async with asyncio.timeout(90):
            while not (letters := await dead_letters(house.js)):
                if child.returncode is not None:
                    assert child.returncode == DIED
                    deaths += 1
                    child = await _dying(house)
                await asyncio.sleep(0.1)
        (letter,) = letters
        assert letter.event_type == SubmissionDiscarded.type
        assert "without an outcome" in letter.reason
        assert 1 < deaths <= DELIVERIES  # one may come too late for a process that dies already
        await house.say(drafted("deadly"), aggregate="contribution:deadly", version=3)
        await _relay(house).publish_pending()
        await eventually(lambda: _effects(house, {("deadly", 1), ("deadly", 3), ("other", 1)}), 30)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()
        limit = {"setParameter": 1, "transactionLifetimeLimitSeconds": TRANSACTION_SECONDS}
        await house.store.client.admin.command(limit)


async def _effects(house: House, wanted: set[tuple[str, int]]) -> bool:
    rows = await house.effects()
    return {(row["aggregate"].partition(":")[2], row["version"]) for row in rows} == wanted and len(rows) == len(wanted)


async def _dying(house: House) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.shared.bus.dying",
        str(house.settings.mongodb_url),
        house.store.db.name,
        str(house.settings.nats_url),
        env=os.environ | {"MAX_DELIVERIES": str(DELIVERIES)},
    )
