"""One standing request brings many events; a lost one is made again, and what has no durable is not asked in a loop."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from nats.aio.client import Client

from shared.bus import pull
from shared.bus.topology import EVENTS, durable
from tests.shared.bus.house import DURABLE, House, drafted
from tests.waiting import eventually

EVENTS_SAID = 40


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every request for messages that is made; those that ``lost`` is true of never leave."""
    made: list[bytes] = []
    _watch(monkeypatch, made, lost=lambda: False)
    return made


def _watch(monkeypatch: pytest.MonkeyPatch, made: list[bytes], *, lost: Callable[[], bool]) -> None:
    publish = Client.publish

    async def watched(self: Client, subject: str, payload: bytes = b"", *more: Any, **named: Any) -> None:
        if ".CONSUMER.MSG.NEXT." in subject:
            made.append(payload)
            if lost():
                return
        await publish(self, subject, payload, *more, **named)

    monkeypatch.setattr(Client, "publish", watched)


async def _say(house: House, number: int) -> None:
    await house.say(drafted(str(number)), aggregate=f"contribution:{number}", version=1)

    async def there() -> bool:
        return len(await house.effects()) > number

    await eventually(there)


async def test_one_request_brings_many_events(
    house: House, requests: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "STANDS_SECONDS", 300.0)
    async with house.running():
        for number in range(EVENTS_SAID):
            await _say(house, number)
    assert len(requests) <= 1 + EVENTS_SAID // 10  # each is for all sixteen workers, who are free again soon


async def test_a_request_that_was_lost_is_made_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "STANDS_SECONDS", 0.2)
    made: list[bytes] = []
    _watch(monkeypatch, made, lost=lambda: len(made) == 1)
    async with house.running():
        await _say(house, 0)
    assert len(made) > 1


async def test_a_durable_that_is_gone_is_not_asked_for_in_a_loop(house: House, requests: list[bytes]) -> None:
    async with house.running():
        await _say(house, 0)
        await house.js.delete_consumer(EVENTS, DURABLE)
        requests.clear()
        await asyncio.sleep(3 * pull.PAUSE_SECONDS)
        assert 1 <= len(requests) <= 5
        await house.js.add_consumer(EVENTS, durable(DURABLE).config())
        await _say(house, 1)
