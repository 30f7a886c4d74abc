"""POST a complete contribution: our throughput beside the bare transaction of the same two documents."""

import asyncio
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from bson import encode
from pymongo import AsyncMongoClient

from local.free_ports import free_port
from local.process import Process, ready
from tests.bench.bare import ALONE, SAME
from tests.bench.figures import Figure, Section, milliseconds, percentile
from tests.bench.load import Load, post_load
from tests.contents import complete_content
from tests.system import System

CLIENTS = 16
REQUESTS = 1_600
ROUNDS = 3
GOAL = 0.6
OURS = "ours"
DATABASE = "practice_exchange_submissions"


def bodies() -> list[bytes]:
    """Return some different complete contributions, so that no cache of one text helps."""
    found = []
    for number in range(50):
        content: dict[str, Any] = complete_content()
        language = content["source_language"]
        content["title"][language]["text"] = f"Measured practice {number}"
        found.append(json.dumps({"content": content}).encode())
    return found


async def documents(system: System, body: bytes) -> bytes:
    """Let our own service write the two documents, and take them as they are in the database."""
    async with system.client("submissions", sub="bench", roles=["member"], organisation="org-a") as client:
        answer = await client.post("/contributions", content=body, headers={"Content-Type": "application/json"})
        answer.raise_for_status()
    database: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(system.mongod.url)
    async with database:
        contribution = await database[DATABASE]["contributions"].find_one({"_id": answer.json()["id"]})
        aggregate = f"contribution:{answer.json()['id']}"
        row = await database[DATABASE]["outbox"].find_one({"aggregate": aggregate})
    if contribution is None or row is None:
        raise LookupError("the service wrote neither where the benchmark looks for it")
    row["pending"] = True
    return encode({"contribution": contribution, "row": row})


async def bare(system: System, documents: Path, around: str) -> tuple[Process, str]:
    """Start the raw reference, with what stands ``around`` it."""
    port = free_port()
    process = Process(
        [sys.executable, "-m", "tests.bench.bare"],
        log=system.folder / f"bare-{around}.log",
        environment={
            **system.environment("submissions"),
            "DATABASE": f"bench_bare_{around}",
            "DOCUMENTS": str(documents),
            "PORT": str(port),
            "AROUND": around,
        },
    )
    url = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        async with httpx.AsyncClient() as client:
            try:
                return (await client.get(f"{url}/openapi.json")).is_success
            except httpx.HTTPError:
                return False

    await ready(process, answers, name="the bare application", patience=30)
    return process, url


async def measure(system: System) -> Section:
    """Take turns, so that a slow moment of the machine hits all."""
    posted = bodies()
    headers = system.issuer.headers(sub="bench", roles=["member"], organisation="org-a")
    kept = system.folder / "documents.bson"
    kept.write_bytes(await documents(system, posted[0]))
    references = {around: await bare(system, kept, around) for around in (SAME, ALONE)}
    urls = {OURS: system.url("submissions"), **{around: url for around, (_, url) in references.items()}}

    async def load(url: str) -> Load:
        measured = await post_load(
            f"{url}/contributions",
            lambda number: posted[number % len(posted)],
            clients=CLIENTS,
            requests=REQUESTS,
            headers=headers,
        )
        await let_rest(system)  # what we still have to publish does not slow the next
        return measured

    try:
        for url in urls.values():
            await load(url)
        rounds = [{name: await load(url) for name, url in urls.items()} for _ in range(ROUNDS)]
    finally:
        for process, _ in references.values():
            await process.stop()
    return _section(rounds, len(posted[0]))


def _section(rounds: Sequence[Mapping[str, Load]], size: int) -> Section:
    def median(read: Callable[[Mapping[str, Load]], float]) -> float:
        return statistics.median(read(one) for one in rounds)

    ratio = median(lambda one: one[OURS].rate / one[SAME].rate)
    alone = median(lambda one: one[OURS].rate / one[ALONE].rate)
    rates = {name: f"{statistics.median(one[name].rate for one in rounds):.0f}/s" for name in (OURS, SAME, ALONE)}
    slowest = median(lambda one: percentile(one[OURS].seconds, 0.95))
    return Section(
        title="POST a complete contribution",
        how=(
            f"{REQUESTS} requests of {size / 1000:.1f} kB with {CLIENTS} clients, the median of {ROUNDS} rounds in"
            " turn with the reference: the same FastAPI application, sign-in and all that stands around its routes,"
            " doing one bare transaction of the same two documents with the same driver. Beside it, the same"
            " transaction in a FastAPI application with nothing around it at all."
            " Only the submissions service runs, its relay included."
        ),
        figures=(
            Figure(name="ratio to the reference", value=f"{ratio:.2f}", goal=f"at least {GOAL}", kept=ratio >= GOAL),
            Figure(name="ratio to FastAPI alone", value=f"{alone:.2f}"),
            Figure(name="throughput", value=f"{rates[OURS]} (reference {rates[SAME]}, FastAPI alone {rates[ALONE]})"),
            Figure(name="p95", value=milliseconds(slowest)),
        ),
    )


async def let_rest(system: System) -> None:
    """Wait until the outbox is empty, so that the next measurement begins at rest."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(system.mongod.url)
    async with client:
        for _ in range(600):
            if not await client[DATABASE]["outbox"].count_documents({"pending": True}):
                return
            await asyncio.sleep(0.1)
    raise TimeoutError("the outbox is not empty after a minute")
