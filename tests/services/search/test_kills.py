"""A replica killed while it indexes, and one of another schema than its index: nothing wrong, nothing missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.free_ports import free_port
from local.process import Process
from services.search import index as index_module
from services.search import schema as schema_module
from tests.services.search.desk import open_desk
from tests.services.search.making import Publisher, practice
from tests.waiting import eventually

MANY = 1_200


async def status(port: int) -> dict[str, Any] | None:
    try:
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            answer = await http.get(f"http://127.0.0.1:{port}/status", timeout=5)
    except httpx.HTTPError:
        return None
    told: dict[str, Any] = answer.json()
    return told


async def test_a_replica_killed_while_it_indexes_goes_on_where_it_was(
    nats_url: str, publisher: Publisher, tmp_path: Path
) -> None:
    last = await publisher.publish_all([practice(f"p{n:04}") for n in range(MANY)])
    port = free_port()
    environment = {
        **os.environ,
        "NATS_URL": nats_url,
        "MONGODB_URL": "mongodb://127.0.0.1:9/",
        "INDEX_DIR": str(tmp_path / "shelf"),
        "PORT": str(port),
        "LOG_LEVEL": "CRITICAL",
    }

    def replica() -> Process:
        command = [sys.executable, "-m", "services.search", "all"]
        return Process(command, log=tmp_path / "search.log", environment=environment)

    reached = 0
    for _ in range(3):  # as soon as it has got a little further, it is killed
        process = replica()

        async def further(before: int = reached) -> int | None:
            told = await status(port)
            return told["sequence"] if told and told["sequence"] > before else None

        reached = await eventually(further, 60)
        await process.kill()
        if reached >= last:
            break
    process = replica()
    try:

        async def complete() -> dict[str, Any] | None:
            told = await status(port)
            return told if told and told["complete"] and told["sequence"] >= last else None

        told = await eventually(complete, 60)
        assert told["practices"] == MANY
        async with httpx.AsyncClient(trust_env=False, verify=False, base_url=f"http://127.0.0.1:{port}") as http:
            pages = [
                (await http.get("/search", params={"q": "teachers", "limit": 100, "page": n})).json()
                for n in range(1, 13)
            ]
        ids = [item["id"] for page in pages for item in page["items"]]
        assert len(ids) == len(set(ids)) == MANY
    finally:
        await process.stop()


async def test_an_index_of_another_schema_is_made_anew_by_itself(
    nats_url: str, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = tmp_path / "shelf"
    async with open_desk(nats_url, shelf, publisher) as desk:
        last = await publisher.publish_all([practice("one"), practice("two")])
        await desk.reaches(last)
    before = (shelf / "CURRENT").read_text()
    for module in (index_module, schema_module):
        monkeypatch.setattr(module, "FINGERPRINT", "of tomorrow")
    async with open_desk(nats_url, shelf, publisher) as desk:
        await desk.reaches(last)
        assert set(await desk.ids(q="teachers")) == {"one", "two"}
        assert (await desk.get("/status"))["lag"]["events"] == 0
    assert (shelf / "CURRENT").read_text() != before
    assert len(list(shelf.glob("index-*"))) == 1
