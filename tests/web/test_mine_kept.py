"""Files of imports while they wait: sealed, for one person, for an hour."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator

import pytest

from services.web.mine.kept import IMPORTS, KEPT_SECONDS, KeptImports
from services.web.session.seal import Seal
from shared.store.client import Store

REPORT = {"dry_run": True, "counts": {"created": 1}, "rows": [{"title": "Kitchens by the sea"}]}
DATA = b"Project Identifier,Project Title\nsecret-1,Kitchens by the sea\n"


class Clock:
    now = 1_900_000_000.0  # ahead of the database's own clock, which forgets what has ended

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def store(mongodb_url: str, database: str) -> AsyncIterator[Store]:
    store = await Store.connect(mongodb_url, database, service="web")
    yield store
    await store.close()


async def test_a_file_comes_back_to_who_sent_it_alone_and_to_nobody_from_the_database(store: Store) -> None:
    clock = Clock()
    kept = KeptImports(store, Seal("a secret of at least so many characters", clock), clock=clock)
    await kept.make_indexes()
    key = await kept.keep("ana", "export.csv", DATA, REPORT)
    assert await kept.data("ana", key) == DATA
    found = await kept.get("ana", key)
    assert found
    assert (found.name, found.report, found.is_done) == ("export.csv", REPORT, False)
    assert await kept.get("bo", key) is None
    assert await kept.data("bo", key) is None
    assert await kept.get("ana", key[::-1]) is None
    row = await store.db[IMPORTS].find_one({})
    written = json.dumps(row, default=str)
    for secret in (key, "Kitchens", "secret-1", "export.csv"):
        assert secret not in written
    await kept.done("ana", found, REPORT | {"dry_run": False})
    assert await kept.data("ana", key) is None
    done = await kept.get("ana", key)
    assert done
    assert done.is_done
    clock.now += KEPT_SECONDS
    assert await kept.get("ana", key) is None


async def test_the_largest_file_is_kept_and_takes_the_place_of_the_one_before(store: Store) -> None:
    clock = Clock()
    kept = KeptImports(store, Seal("a secret of at least so many characters", clock), clock=clock)
    first = await kept.keep("ana", "first.csv", DATA, REPORT)
    others = await kept.keep("bo", "theirs.csv", DATA, REPORT)
    noise = os.urandom(5 * 1024 * 1024)  # what cannot be made smaller
    second = await kept.keep("ana", "second.csv", noise, REPORT)
    assert await kept.data("ana", second) == noise
    assert await kept.data("ana", first) is None
    assert await kept.data("bo", others) == DATA
