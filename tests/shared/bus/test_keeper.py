"""Streams that were deleted are there again, with every durable, without a person."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from time import monotonic

import pytest
import structlog
from nats.js.errors import NotFoundError

from local.free_ports import free_port
from local.nats_users import PROVISION
from shared.bus.keeper import LEFT_SECONDS, Keeper
from shared.bus.relay import SWEEP_SECONDS
from shared.bus.topology import CATALOGUE, DEAD_LETTERS, DURABLES, EVENTS, PUBLIC, provision
from tests.servers import NatsWithUsers
from tests.shared.bus.house import House
from tests.waiting import eventually

STREAMS = {EVENTS, CATALOGUE, PUBLIC, DEAD_LETTERS}


async def _streams(house: House) -> set[str | None]:
    return {info.config.name for info in await house.js.streams_info()}


@pytest.mark.parametrize("lost", sorted(STREAMS))
async def test_a_lost_stream_is_made_again_with_its_durables(
    house: House, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus.keeper.LEFT_SECONDS", 0.0)
    keeper = Keeper(house.js, log=structlog.get_logger())
    await keeper.look()
    await house.js.delete_stream(lost)
    await keeper.look()
    assert await _streams(house) == STREAMS
    for durable in DURABLES:
        await house.js.consumer_info(EVENTS, durable.name)


async def test_it_is_missing_long_enough_for_every_relay_to_see(house: House) -> None:
    assert LEFT_SECONDS > 2 * SWEEP_SECONDS
    await house.js.delete_stream(EVENTS)
    began = monotonic()
    await Keeper(house.js, log=structlog.get_logger()).look()
    assert monotonic() - began > LEFT_SECONDS
    assert await _streams(house) == STREAMS


async def test_one_that_goes_while_another_is_missing_is_left_as_long(house: House) -> None:
    await house.js.delete_stream(DEAD_LETTERS)
    looking = asyncio.create_task(Keeper(house.js, log=structlog.get_logger()).look())
    await asyncio.sleep(LEFT_SECONDS / 2)  # in the middle of its wait
    await house.js.delete_stream(EVENTS)
    began = monotonic()
    await looking
    assert monotonic() - began > LEFT_SECONDS
    assert await _streams(house) == STREAMS


async def test_the_command_keeps_until_it_is_stopped(nats_with_users: NatsWithUsers) -> None:
    """As the user of a cluster's provisioning, who may do it."""
    provisioning = await nats_with_users.connect(PROVISION)
    await provision(provisioning.jetstream())
    operator = await nats_with_users.connect("operator")
    child = await _keep(nats_with_users.url, nats_with_users.passwords[PROVISION])
    await operator.jetstream().delete_stream(EVENTS)

    async def there() -> bool:
        try:
            await operator.jetstream().consumer_info(EVENTS, DURABLES[0].name)
        except NotFoundError:
            return False
        return True

    await eventually(there, 30, every=0.2)
    child.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(child.wait(), 20) == 0
    await operator.close()
    await provisioning.close()


async def test_without_a_server_it_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    child = await _keep(f"nats://127.0.0.1:{free_port()}", "none")
    _, told = await asyncio.wait_for(child.communicate(), 60)
    assert child.returncode == 1
    assert b"no NATS server answered" in told.splitlines()[-1]


async def _keep(url: str, password: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "shared.bus", "keep"),
        cwd=Path(__file__).parents[3],
        env=os.environ | {"NATS_URL": url, "NATS_USER": PROVISION, "NATS_PASSWORD": password},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
