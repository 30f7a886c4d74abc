"""PyMongo's async client beside Motor: the same work on the same mongod, in turn, so that a slow moment hits both."""

import asyncio
import statistics
import time
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

from pymongo import AsyncMongoClient

from tests.bench.figures import Figure, Section

ROUNDS = 3
TASKS = 16
OPERATIONS = 400
TEXT = "x" * 5_000

Work = Callable[[int], Awaitable[None]]


async def _rate(work: Work) -> tuple[float, float]:
    """Operations a second and CPU seconds an operation, with ``TASKS`` at a time."""
    started, cpu = time.perf_counter(), time.process_time()
    numbers = iter(range(OPERATIONS))

    async def worker() -> None:
        for number in numbers:
            await work(number)

    await asyncio.gather(*(worker() for _ in range(TASKS)))
    return OPERATIONS / (time.perf_counter() - started), (time.process_time() - cpu) / OPERATIONS


def _pymongo(client: AsyncMongoClient[dict[str, Any]], name: str) -> dict[str, Work]:
    db = client[name]

    async def transaction(_: int) -> None:
        async def act(session: Any) -> None:
            await db.a.insert_one({"text": TEXT}, session=session)
            await db.b.insert_one({"text": TEXT}, session=session)

        async with client.start_session() as session:
            await session.with_transaction(act)

    async def insert(_: int) -> None:
        await db.a.insert_one({"text": TEXT})

    async def find(number: int) -> None:
        await db.c.find_one({"_id": number})

    return {"transaction of two inserts": transaction, "insert": insert, "find one": find}


def _motor(client: Any, name: str) -> dict[str, Work]:
    db = client[name]

    async def transaction(_: int) -> None:
        async def act(session: Any) -> None:
            await db.a.insert_one({"text": TEXT}, session=session)
            await db.b.insert_one({"text": TEXT}, session=session)

        async with await client.start_session() as session:
            await session.with_transaction(act)

    async def insert(_: int) -> None:
        await db.a.insert_one({"text": TEXT})

    async def find(number: int) -> None:
        await db.c.find_one({"_id": number})

    return {"transaction of two inserts": transaction, "insert": insert, "find one": find}


async def measure(mongodb_url: str) -> Section:
    """Compare the two drivers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from motor.motor_asyncio import AsyncIOMotorClient  # noqa: PLC0415 - only here, and it warns when imported

    name = "bench_drivers"
    ours: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongodb_url)
    theirs: Any = AsyncIOMotorClient(mongodb_url)
    await ours.drop_database(name)
    await ours[name].c.insert_many([{"_id": number, "text": TEXT} for number in range(OPERATIONS)])
    await ours[name].a.insert_one({})
    await ours[name].b.insert_one({})
    figures = []
    for what, work in _pymongo(ours, name).items():
        other = _motor(theirs, name)[what]
        rounds = [(await _rate(work), await _rate(other)) for _ in range(ROUNDS)]
        rate = statistics.median(mine[0] / its[0] for mine, its in rounds)
        cpu = statistics.median(mine[1] / its[1] for mine, its in rounds)
        fastest = max(mine[0] for mine, _ in rounds)
        figures.append(Figure(name=what, value=f"{rate:.2f} × Motor's rate at {cpu:.2f} × its CPU ({fastest:.0f}/s)"))
    await ours.drop_database(name)
    await ours.close()
    theirs.close()
    return Section(
        title="PyMongo's async client and Motor",
        how=f"{OPERATIONS} operations on 5 kB documents with {TASKS} tasks, the median of {ROUNDS} alternating rounds.",
        figures=tuple(figures),
    )
