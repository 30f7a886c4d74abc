"""A service hears that somebody is to be forgotten, and forgets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.clock import utc_now
from shared.events.envelope import Envelope, Received, schema_address
from shared.events.persons import PersonErased
from shared.ids import new_id
from shared.privacy.erase import ERASURES
from shared.privacy.listen import Erasures
from shared.store.client import Store
from shared.store.outbox import Transaction
from shared.tasks import stopped
from shared.telemetry.logs import configure
from tests.waiting import eventually

ANA = PersonErased(person_id="ana", pseudonym="somebody-1", names=("Ana Popescu",), emails=("ana@example.org",))


@pytest.fixture
async def store(mongodb_url: str, database: str) -> AsyncIterator[Store]:
    store = await Store.connect(mongodb_url, database, service="test")
    await store.db.create_collection(ERASURES)
    yield store
    await store.close()


def _received(data: PersonErased) -> Received[Any]:
    envelope = Envelope(
        id=new_id(),
        source="/submissions",
        type=data.type,
        subject=data.pseudonym,
        time=utc_now(),
        dataschema=schema_address(type(data)),
        partitionkey=f"person:{data.pseudonym}",
        aggregateversion=1,
        correlationid="",
        data={},
    )
    return Received[Any].model_construct(envelope=envelope, data=data)


async def _hear(erasures: Erasures, store: Store, data: PersonErased) -> None:
    async def act(tx: Transaction) -> None:
        await erasures.on_erased(_received(data), tx)

    await store.transact(act)


async def _done(store: Store) -> dict[str, Any] | None:
    return await store.db[ERASURES].find_one({"done_at": {"$exists": True}})


async def test_who_is_to_be_forgotten_is_forgotten_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.privacy.listen.EVERY_SECONDS", 600.0)
    looked = asyncio.Event()
    erasures = Erasures(store, log=configure("test", level="CRITICAL"))
    forget = erasures.forget_due

    async def forget_due() -> int:
        count = await forget()
        looked.set()
        return count

    monkeypatch.setattr(erasures, "forget_due", forget_due)
    await store.db["notes"].insert_one({"_id": "n", "by": "ana", "text": "Ask Ana Popescu."})
    task = asyncio.create_task(erasures.run())
    try:
        await looked.wait()  # there was nothing yet, so it would look again in ten minutes
        await _hear(erasures, store, ANA)
        row = await eventually(lambda: _done(store))
    finally:
        await stopped(task)
    assert (row["_id"], row["documents"]) == ("somebody-1", 1)
    assert "ana" not in str([row, await store.db["notes"].find_one()]).lower()


async def test_what_a_service_has_in_memory_is_let_go_once_its_records_are_erased(store: Store) -> None:
    memory = ["Ask Ana Popescu."]
    erasures = Erasures(store, log=configure("test", level="CRITICAL"), afterwards=memory.clear)
    await _hear(erasures, store, ANA)
    assert memory, "or it would be read again before it is erased"
    assert await erasures.forget_due() == 1
    assert memory == []


async def test_what_another_process_heard_is_found_by_looking(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.privacy.listen.EVERY_SECONDS", 0.05)
    here, elsewhere = (Erasures(store, log=configure("test", level="CRITICAL")) for _ in range(2))
    task = asyncio.create_task(here.run())
    try:
        await _hear(elsewhere, store, ANA)
        assert await eventually(lambda: _done(store))
    finally:
        await stopped(task)
