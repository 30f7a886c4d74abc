"""POST a complete contribution: our throughput beside the bare transaction of the same two documents."""

import asyncio
import json
import os
import statistics
import sys
from typing import Any

import httpx
from bson import encode
from pymongo import AsyncMongoClient

from local.process import Process, free_port, ready
from tests.bench.figures import Figure, Section, milliseconds, percentile
from tests.bench.load import Load, post_load
from tests.contents import complete_content
from tests.system import System

CLIENTS = 16
REQUESTS = 1_600
ROUNDS = 3
GOAL = 0.6
DATABASE = "practice_exchange_submissions"


def _bodies() -> list[bytes]:
    """Some different complete contributions, so that no cache of one text helps."""
    found = []
    for number in range(50):
        content: dict[str, Any] = complete_content()
        language = content["source_language"]
        content["title"][language]["text"] = f"Measured practice {number}"
        found.append(json.dumps({"content": content}).encode())
    return found


async def _documents(system: System, body: bytes) -> bytes:
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


async def _bare(system: System, documents: bytes) -> tuple[Process, str]:
    path = system.folder / "documents.bson"
    path.write_bytes(documents)
    port = free_port()
    variables = {"MONGODB_URL": system.mongod.url, "DATABASE": "bench_bare", "DOCUMENTS": str(path), "PORT": str(port)}
    process = Process(
        [sys.executable, "-m", "tests.bench.bare"],
        log=system.folder / "bare.log",
        environment={**os.environ, **variables},
    )
    url = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        async with httpx.AsyncClient() as client:
            try:
                return (await client.post(f"{url}/contributions", json={})).status_code == httpx.codes.CREATED
            except httpx.HTTPError:
                return False

    await ready(process, answers, name="the bare application", patience=30)
    return process, url


async def measure(system: System) -> Section:
    """Alternate the two, so that a slow moment of the machine hits both."""
    bodies = _bodies()
    headers = system.issuer.headers(sub="bench", roles=["member"], organisation="org-a")
    process, bare_url = await _bare(system, await _documents(system, bodies[0]))

    async def load(url: str) -> Load:
        return await post_load(
            f"{url}/contributions",
            lambda number: bodies[number % len(bodies)],
            clients=CLIENTS,
            requests=REQUESTS,
            headers=headers,
        )

    try:
        await load(bare_url)
        await load(system.url("submissions"))
        rounds = [(await load(system.url("submissions")), await load(bare_url)) for _ in range(ROUNDS)]
    finally:
        await process.stop()
    ratio = statistics.median(ours.rate / bare.rate for ours, bare in rounds)
    ours = statistics.median(ours.rate for ours, _ in rounds)
    bare = statistics.median(bare.rate for _, bare in rounds)
    slowest = statistics.median(percentile(ours.seconds, 0.95) for ours, _ in rounds)
    return Section(
        title="POST a complete contribution",
        how=(
            f"{REQUESTS} requests of {len(bodies[0]) / 1000:.1f} kB with {CLIENTS} clients, the median of {ROUNDS}"
            " rounds in turn with the reference: the same FastAPI doing one bare transaction of the same two documents."
            " Only the submissions service runs, its relay included."
        ),
        figures=(
            Figure(name="ratio to the reference", value=f"{ratio:.2f}", goal=f"at least {GOAL}", kept=ratio >= GOAL),
            Figure(name="throughput", value=f"{ours:.0f}/s (reference {bare:.0f}/s)"),
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
