"""Migrations change every document once, whatever stops them, however many replicas start, and never go backwards."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from pymongo import MongoClient

from shared.store.client import Store
from shared.store.migrate import MIGRATIONS, Migration, RecordIsNewer, migrate

ROOT = Path(__file__).parents[3]
LOG = structlog.get_logger()
COUNT = 25


@pytest.fixture
async def store(mongodb_url: str, database: str) -> AsyncIterator[Store]:
    store = await Store.connect(mongodb_url, database, service="test")
    await store.db["things"].insert_many([{"_id": number, "full": f"a{number} b"} for number in range(COUNT)])
    yield store
    await store.close()


def _parts(document: dict[str, Any]) -> dict[str, Any]:
    """Change a document so that a second change of it would show."""
    return {"$set": {"parts": document["full"].split()}, "$unset": {"full": ""}, "$inc": {"times": 1}}


SPLIT = Migration(number=1, name="names in parts", collection="things", old={"full": {"$exists": True}}, change=_parts)
RENAMED = Migration(
    number=2,
    name="times is called changes",
    collection="things",
    old={"times": {"$exists": True}},
    change=lambda _: {"$rename": {"times": "changes"}},
)


async def _things(store: Store) -> list[dict[str, Any]]:
    return await store.db["things"].find().sort("_id", 1).to_list(None)


def _changed(times: str = "times") -> list[dict[str, Any]]:
    return [{"_id": number, "parts": [f"a{number}", "b"], times: 1} for number in range(COUNT)]


async def test_every_document_is_changed_and_it_is_noted(store: Store) -> None:
    await migrate(store, (SPLIT, RENAMED), LOG, batch=10)
    assert await _things(store) == _changed("changes")
    rows = await store.db[MIGRATIONS].find().to_list(None)
    assert [(row["_id"], row["name"], row["changed"]) for row in rows] == [
        (1, SPLIT.name, COUNT),
        (2, RENAMED.name, COUNT),
    ]


async def test_a_second_run_does_nothing(store: Store) -> None:
    await migrate(store, (SPLIT,), LOG)
    await store.db["things"].insert_one({"_id": "late", "full": "of a replica of before"})
    await migrate(store, (SPLIT,), LOG)
    assert (await _things(store))[-1]["full"]


async def test_one_that_is_killed_in_the_middle_is_finished_by_the_next(store: Store, mongodb_url: str) -> None:
    program = """
import asyncio, os, sys
from dataclasses import replace
import structlog
from shared.store.client import Store
from shared.store.migrate import migrate
from tests.shared.store.test_migrate import SPLIT, RENAMED, _parts

seen = 0
def killing(document):
    global seen
    seen += 1
    if seen == 13:  # in the second batch of ten, whose first documents are not written yet
        os.kill(os.getpid(), 9)
    return _parts(document)

async def main():
    store = await Store.connect(sys.argv[1], sys.argv[2], service="test")
    await migrate(store, (replace(SPLIT, change=killing), RENAMED), structlog.get_logger(), batch=10)

asyncio.run(main())
"""
    command = [sys.executable, "-c", program, mongodb_url, store.db.name]
    killed = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False, capture_output=True)
    assert killed.returncode == -9, killed.stderr
    assert await store.db["things"].count_documents({"full": {"$exists": True}}) == COUNT - 10
    await migrate(store, (SPLIT, RENAMED), LOG, batch=10)
    assert await _things(store) == _changed("changes")


async def test_replicas_that_start_together_change_each_document_once(store: Store, mongodb_url: str) -> None:
    others = [await Store.connect(mongodb_url, store.db.name, service="test") for _ in range(3)]
    await asyncio.gather(*(migrate(one, (SPLIT,), LOG, batch=3) for one in (store, *others)))
    assert await _things(store) == _changed()
    for other in others:
        await other.close()


async def test_what_somebody_else_wrote_meanwhile_stays(store: Store, mongodb_url: str) -> None:
    with MongoClient[dict[str, Any]](mongodb_url) as client:

        def racing(document: dict[str, Any]) -> dict[str, Any]:
            if document["_id"] == 0:
                client[store.db.name]["things"].replace_one({"_id": 0}, {"_id": 0, "parts": ["theirs"]})
            return _parts(document)

        await migrate(store, (replace(SPLIT, change=racing),), LOG)
    assert await _things(store) == [{"_id": 0, "parts": ["theirs"]}, *_changed()[1:]]


async def test_a_database_of_a_later_release_is_refused(store: Store) -> None:
    await migrate(store, (SPLIT, RENAMED), LOG)
    with pytest.raises(RecordIsNewer, match=r"later release \(migration 2, times is called changes\)"):
        await migrate(store, (SPLIT,), LOG)


async def test_one_that_leaves_the_old_form_fails_instead_of_going_on_for_ever(store: Store) -> None:
    with pytest.raises(RuntimeError, match="migration 1 leaves documents in their old form"):
        await migrate(store, (replace(SPLIT, change=lambda _: {"$inc": {"times": 1}}),), LOG)
    assert "done_at" not in (await store.db[MIGRATIONS].find_one({"_id": 1}) or {"done_at": 0})


async def test_numbers_have_no_gap(store: Store) -> None:
    with pytest.raises(ValueError, match="without a gap"):
        await migrate(store, (RENAMED,), LOG)
