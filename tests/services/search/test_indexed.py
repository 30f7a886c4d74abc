"""Search says of every publication since when it is found: once, over restarts, with replicas, in a crowd."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.search.indexed import Indexed
from services.search.schema import Position
from shared.bus.reading import StoredStream
from shared.bus.topology import CATALOGUE, EVENTS
from shared.events.publications import PublicationsIndexed
from shared.store.client import Store
from shared.store.outbox import OUTBOX
from tests.services.search.desk import Desk, open_desk
from tests.services.search.making import Publisher, practice, put
from tests.waiting import eventually

Json = dict[str, Any]


async def events(publisher: Publisher) -> list[list[Json]]:
    """Return what was said to be found, by event."""
    last = (await publisher.js.stream_info(EVENTS)).state.last_seq
    found = [json.loads((await publisher.js.get_msg(EVENTS, number)).data or b"") for number in range(1, last + 1)]
    return [event["data"]["publications"] for event in found if event["type"] == PublicationsIndexed.type]


async def said(publisher: Publisher, many: int) -> list[Json]:
    """Wait until so many publications were said to be found."""

    async def there() -> list[Json] | None:
        told = [one for some in await events(publisher) for one in some]
        return told if len(told) >= many else None

    return await eventually(there, 20)


async def test_it_is_said_once_and_with_the_time(desk: Desk, publisher: Publisher) -> None:
    await desk.reaches(0)
    began = datetime.now(UTC)
    await desk.reaches(await publisher.publish(practice("p1")))
    found = datetime.now(UTC)
    (one,) = await said(publisher, 1)
    assert (one["practice_id"], one["version"]) == ("p1", 1)
    at = datetime.fromisoformat(one["indexed_at"])
    assert began.replace(microsecond=0) <= at <= found
    await publisher.publish(practice("p1", version=2), said=2)
    assert [one["version"] for one in await said(publisher, 2)] == [1, 2]


async def test_a_crowd_shares_an_event(desk: Desk, publisher: Publisher) -> None:
    for number in range(40):
        sequence = await publisher.publish(practice(f"p{number}"))
    await desk.reaches(sequence)
    told = await said(publisher, 40)
    assert {one["practice_id"] for one in told} == {f"p{number}" for number in range(40)}
    assert len(told) == 40
    assert len(await events(publisher)) <= 4


async def test_a_restart_repeats_nothing_and_leaves_nothing_out(
    nats_url: str, publisher: Publisher, tmp_path: Path, mongodb_url: str, database: str
) -> None:
    record = (mongodb_url, database)
    async with open_desk(nats_url, tmp_path / "shelf", publisher, record=record) as desk:
        await desk.reaches(await publisher.publish(practice("p1")))
        await said(publisher, 1)
    away = await publisher.publish(practice("p2"))
    async with open_desk(nats_url, tmp_path / "shelf", publisher, record=record) as desk:
        await desk.reaches(away)
        assert [one["practice_id"] for one in await said(publisher, 2)] == ["p1", "p2"]


async def test_of_several_replicas_one_says_it(
    desk: Desk, nats_url: str, publisher: Publisher, tmp_path: Path, mongodb_url: str, database: str
) -> None:
    async with open_desk(nats_url, tmp_path / "another", publisher, record=(mongodb_url, database)) as other:
        for number in range(3):
            sequence = await publisher.publish(practice(f"p{number}"))
            await desk.reaches(sequence)
            await other.reaches(sequence)
        assert sorted(one["practice_id"] for one in await said(publisher, 3)) == ["p0", "p1", "p2"]


@pytest.fixture
async def store(mongodb_url: str, database: str) -> AsyncIterator[Store]:
    store = await Store.connect(mongodb_url, database, service="search")
    yield store
    await store.close()


class Follower:
    """Search's part of receipts, of a replica whose place the test decides on."""

    def __init__(self, store: Store, publisher: Publisher, threads: ThreadPoolExecutor) -> None:
        self.store, self.at = store, Position()
        catalogue = StoredStream(publisher.connection, CATALOGUE)
        self.indexed = Indexed(store, catalogue, lambda: self.at, threads=threads, apart_seconds=0)
        self.catalogue = catalogue

    async def is_at(self, sequence: int) -> Position:
        before = self.at
        self.at = Position(stream=(await self.catalogue.head()).stream, sequence=sequence, complete=True)
        return before

    async def told(self) -> list[tuple[str, int, bool]]:
        """Return practice, version, and whether a time was told, of all that was said so far."""
        rows = await self.store.db[OUTBOX].find().sort("_id", 1).to_list()
        data = [json.loads(row["body"])["data"]["publications"] for row in rows]
        return [(one["practice_id"], one["version"], bool(one["indexed_at"])) for some in data for one in some]


async def test_what_nobody_noticed_is_told_without_a_time_and_never_before_it_is_found(
    store: Store, publisher: Publisher
) -> None:
    with ThreadPoolExecutor(1) as threads:
        first = Follower(store, publisher, threads)
        numbers = [await publisher.publish(practice(f"p{number}")) for number in range(3)]
        await first.indexed.catch_up()
        assert await first.told() == [], "the index is not complete"
        await first.is_at(numbers[1])
        await first.indexed.catch_up()
        assert await first.told() == [("p0", 1, False), ("p1", 1, False)]
        before = await first.is_at(numbers[2])
        first.indexed.heard(before, first.at, [put(practice("p2"))])
        await first.indexed.catch_up()
        assert (await first.told())[2:] == [("p2", 1, True)]
        other = Follower(store, publisher, threads)
        await other.is_at(numbers[1])
        await other.indexed.catch_up()
        await other.is_at(numbers[2])
        await other.indexed.catch_up()
        assert len(await first.told()) == 3, "another replica, also one that is behind, says nothing again"


async def test_one_that_lost_the_lease_meanwhile_says_nothing(store: Store, publisher: Publisher) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow, quick = Follower(store, publisher, threads), Follower(store, publisher, threads)
        for one in (slow, quick):
            await one.is_at(0)
            await one.indexed.catch_up()
        number = await publisher.publish(practice("p1"))
        for one in (quick, slow):
            before = await one.is_at(number)
            one.indexed.heard(before, one.at, [put(practice("p1"))])
            await one.indexed.catch_up()
        await slow.indexed.catch_up()
        assert await slow.told() == [("p1", 1, True)]
