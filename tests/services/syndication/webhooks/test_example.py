"""The example of a receiver, against the real deliverer: each event kept once, whatever is killed, nothing forged."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx

from local.free_ports import free_port
from tests.services.syndication.webhooks.desk import Desk
from tests.services.syndication.webhooks.test_deliver import delivering, published
from tests.waiting import eventually

EXAMPLE = Path("examples/webhook_receiver.py")


@asynccontextmanager
async def running(file: Path, port: int, secret: str) -> AsyncIterator[Process]:
    command = (sys.executable, str(EXAMPLE), str(file), "--port", str(port))
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, "WEBHOOK_SECRET": secret}, stdout=PIPE)
    try:

        async def answers() -> bool:
            try:
                async with httpx.AsyncClient() as client:
                    refused = await client.post(f"http://127.0.0.1:{port}/in", content=b"{}")
            except httpx.TransportError:
                return False
            return refused.status_code == httpx.codes.BAD_REQUEST  # nobody signed it

        await eventually(answers)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def kept(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as database:
        try:
            return [row[0] for row in database.execute("SELECT id FROM events ORDER BY rowid")]
        except sqlite3.OperationalError:
            return []  # no event came yet


async def test_each_event_is_kept_once(desk: Desk, tmp_path: Path) -> None:
    file, port = tmp_path / "events.sqlite", free_port()
    events = [published(f"p{number}") for number in range(4)]
    async with delivering(desk):
        endpoint = await desk.make(url=f"http://127.0.0.1:{port}/in", ordered=True)
        path = f"/webhooks/{endpoint['id']}"
        async with running(file, port, endpoint["secret"]):
            await desk.hear(*events[:2])
            await eventually(lambda: kept(file) == [one.id for one in events[:2]])
        await desk.hear(*events[2:])  # nobody is there
        rotated = (await desk.call("POST", f"{path}/rotate-secret")).json()
        async with running(file, port, f"{endpoint['secret']}, {rotated['secret']}"):
            await desk.call("POST", f"{path}/pause")
            await desk.call("POST", f"{path}/resume")
            await eventually(lambda: kept(file) == [one.id for one in events])
            since = (events[0].time.replace(microsecond=0)).isoformat()
            again = await desk.call("POST", f"{path}/replay", json={"since": since})
            assert again.json() == {"queued": 4}

            async def all_again() -> bool:
                told = (await desk.call("GET", f"{path}/deliveries?state=delivered")).json()["items"]
                return [one["replays"] for one in told] == [1, 1, 1, 1]

            await eventually(all_again)
            assert kept(file) == [one.id for one in events]
