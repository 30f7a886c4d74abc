"""The example programs for the stream and the catalogue, against a service that is killed and comes back."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from nats.aio.client import Client

from services.syndication.settings import SyndicationSettings
from shared.bus.topology import CATALOGUE, PUBLIC, streams
from shared.events.practices import PracticeRevised, PracticeWithdrawn
from tests.services.syndication.saying import NOW, practice, said
from tests.services.syndication.test_stream_http import connection as connection  # noqa: PLC0414 - a fixture
from tests.services.syndication.test_stream_http import publish, settings_for, started
from tests.waiting import eventually

EXAMPLES = Path(__file__).parents[3] / "examples"


@asynccontextmanager
async def program(name: str, *arguments: str | Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run an example, killed at the end without a word."""
    process = await asyncio.create_subprocess_exec(sys.executable, EXAMPLES / name, *arguments)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def address_of(settings: SyndicationSettings) -> str:
    return f"http://127.0.0.1:{settings.port}"


async def change(connection: Client, practice_id: str, number: int, *, gone: bool = False, country: str = "PT") -> None:
    """Move a practice from Finland elsewhere, or take it down."""
    before = practice(practice_id, countries=["FI"]).found_under()
    moved = PracticeRevised(practice=practice(practice_id, countries=[country]), before=before)
    withdrawn = PracticeWithdrawn(
        practice_id=practice_id, version=1, title={}, reason_code="rights", withdrawn_at=NOW, before=before
    )
    event = said(withdrawn if gone else moved, practice_id, number)
    js = connection.jetstream()
    for subject in (event.data.subject, f"catalogue.{practice_id}"):
        await js.publish(subject, event.envelope.to_bytes(), headers={"Nats-Msg-Id": event.id})


@pytest.mark.slow
async def test_the_follower_has_each_event_once_whatever_restarts(
    mongodb_url: str, database: str, nats_url: str, connection: Client, tmp_path: Path
) -> None:
    settings, file = settings_for(mongodb_url, database, nats_url), tmp_path / "events.ndjson"
    place = tmp_path / "events.ndjson.last-id"
    arguments = (file, f"{address_of(settings)}/events")

    def has() -> list[str]:
        lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
        return [json.loads(line)["subject"] for line in lines]

    service = await started(settings)
    async with program("sse_follower.py", *arguments):
        await eventually(place.exists)
        await publish(connection, "p1")
        await eventually(lambda: has() == ["p1"])
        service.kill()  # the program comes again by itself
        await service.wait()
        await publish(connection, "p2")
        service = await started(settings)
        await eventually(lambda: has() == ["p1", "p2"])
    await publish(connection, "p3", "p4")
    with file.open("ab") as half:
        half.write(b'{"id": "torn')  # as a crash in the middle of writing leaves it
    async with program("sse_follower.py", *arguments):
        await eventually(lambda: has() == ["p1", "p2", "p3", "p4"])
    place.write_text("e-1-1", "utf-8")
    async with program("sse_follower.py", *arguments) as refused:
        assert await asyncio.wait_for(refused.wait(), 30) == 3
    async with program("sse_follower.py", file, f"{address_of(settings)}/events?theme=nonsense") as refused:
        assert await asyncio.wait_for(refused.wait(), 30) == 1
    service.terminate()
    await service.wait()


@pytest.mark.slow
async def test_the_mirror_is_the_catalogue_whatever_restarts(
    mongodb_url: str, database: str, nats_url: str, connection: Client, tmp_path: Path
) -> None:
    settings, file = settings_for(mongodb_url, database, nats_url), tmp_path / "practices.sqlite"
    arguments = (file, address_of(settings), "country=FI")

    def has() -> dict[str, int]:
        if not file.exists():
            return {}
        with closing(sqlite3.connect(file)) as database_:
            try:
                return dict(database_.execute("select id, counted from practices").fetchall())
            except sqlite3.OperationalError:  # it is just being made
                return {}

    await publish(connection, "p1", "p2", "p3", "p4", countries=["FI"])
    await publish(connection, "p5", countries=["PT"])
    service = await started(settings)
    async with program("mirror_catalogue.py", *arguments):
        await eventually(lambda: has() == dict.fromkeys(("p1", "p2", "p3", "p4"), 1))
        await publish(connection, "p6", countries=["FI"])
        await change(connection, "p1", 2)  # leaves the filter
        await eventually(lambda: has() == dict.fromkeys(("p2", "p3", "p4", "p6"), 1))
    # While neither runs, one is taken down, one leaves the filter, and one changes within it.
    service.kill()
    await service.wait()
    await change(connection, "p2", 2, gone=True)
    await change(connection, "p3", 2)
    await change(connection, "p4", 2, country="FI")
    service = await started(settings)
    async with program("mirror_catalogue.py", *arguments):
        await eventually(lambda: has() == {"p4": 2, "p6": 1})
        # Both streams are lost; the mirror begins anew.
        js = connection.jetstream()
        for config in streams():
            if config.name in (PUBLIC, CATALOGUE):
                await js.delete_stream(config.name)
                await js.add_stream(config)
        await publish(connection, "p7", countries=["FI"])
        await eventually(lambda: has() == {"p7": 1})
    service.terminate()
    await service.wait()
