"""What the demo says: addresses that answer, and each public event once."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import httpx

from local.addresses import SERVICES, Ports
from local.play.outcomes import Heard
from tests.blocks import free_block
from tests.servers import scratch


async def test_every_address_that_is_printed_answers() -> None:
    with scratch() as folder:
        said = await _up(folder / "data", free_block())
    assert len(said) == len(SERVICES) + 2  # and the sign-in and the mailbox
    assert said == dict.fromkeys(said, 200)


async def _up(data: Path, ports: Ports) -> dict[str, int]:
    command = [sys.executable, "-m", "local", "up", "--data", str(data), "--first-port", str(ports.first)]
    run = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert run.stdout is not None
    try:
        text = (await asyncio.wait_for(run.stdout.readuntil(b"Demo accounts"), timeout=60)).decode()
        async with httpx.AsyncClient(verify=False, trust_env=False) as http:
            return {url: (await http.get(url)).status_code for url in re.findall(r"http://\S+", text)}
    finally:
        run.terminate()
        await asyncio.wait_for(run.communicate(), timeout=40)


def test_an_event_that_comes_twice_is_heard_once() -> None:
    event: dict[str, Any] = {"id": "e1", "type": "published", "data": {"practice": {"id": "p1"}}}
    heard = Heard()
    assert [heard.add(event), heard.add(event), heard.add({**event, "id": "e2"})] == [True, False, True]
    assert heard.of("p1") == ["published", "published"]
