"""How long the front-end's server takes for the reader's pages over 10,000 practices, and what they weigh.

``python -m tests.bench.web [--practices N] [--words N] [--visits N] [--seed N]`` measures it alone. Real mongod and
nats-server; the front-end, submissions and search are processes of their own, all on this machine. One browser, each
visit to another practice or with other words. What is measured is the whole answer, as the browser waits for it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import nats
from pymongo import AsyncMongoClient

from local.free_ports import free_port
from local.process import Process, ready
from shared.events.practices import PublicPractice
from shared.vocabulary import vocabulary
from tests.bench.figures import Figure, Section, cpu_seconds, milliseconds, percentile
from tests.bench.practices import Practices
from tests.services.search.making import Publisher
from tests.system import System, running_system
from tests.waiting import eventually
from tests.web.weights import MOST_BYTES, MOST_IN_SEQUENCE, in_sequence, weight

PRACTICE_SECONDS: Final = 0.060
SEARCH_SECONDS: Final = 0.100
_BATCH: Final = 500
_WARM: Final = 20
_FILL_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What is measured on. The seed makes the same practices and words again."""

    practices: int = 10_000
    words: int = 500
    visits: int = 300
    seed: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """The processes whose time is told beside what the browser waits: it hardly depends on what else runs."""

    front_end: int
    others: tuple[int, ...]

    def spent(self) -> tuple[float, float]:
        return cpu_seconds(self.front_end), sum(map(cpu_seconds, self.others))


async def measure(folder: Path, size: Size | None = None) -> Section:
    """Fill a system in ``folder``, and visit its pages."""
    size = size or Size()
    made = Practices(size.seed, words=size.words)
    async with running_system(folder / "web", services=("submissions", "search")) as system:
        ids = await _fill(system, made, size.practices)
        async with _front_end(system) as (http, processor):
            return await _measured(http, processor, made, ids, size)


async def _fill(system: System, made: Practices, count: int) -> list[str]:
    """Put practices where submissions keeps what is public, say them on the catalogue, wait until all are found."""
    ids: list[str] = []
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(system.mongod.url)
    database = client["practice_exchange_submissions"]
    connection = await nats.connect(system.nats.url)
    publisher = Publisher(connection)
    for first in range(0, count, _BATCH):
        practices = [made.one(n) for n in range(first, min(first + _BATCH, count))]
        await database["practices"].insert_many([_public(practice) for practice in practices])
        await database["editions"].insert_many([_edition(practice) for practice in practices])
        await publisher.publish_all(practices)
        ids += [practice.id for practice in practices]
    await connection.close()
    await client.close()
    async with httpx.AsyncClient(base_url=system.url("search"), timeout=60) as search:

        async def all_found() -> bool:
            return bool((await search.get("/status")).json()["practices"] == count)

        await eventually(all_found, _FILL_SECONDS, every=0.5)
    return ids


def _public(practice: PublicPractice) -> dict[str, object]:
    kept = {"_id": practice.id, "public": True, "revision": 1, "first_published_at": practice.first_published_at}
    return kept | {"practice": practice.model_dump(mode="json")}


def _edition(practice: PublicPractice) -> dict[str, object]:
    return {"_id": f"{practice.id}/1", "practice": practice.model_dump(mode="json")}


@asynccontextmanager
async def _front_end(system: System) -> AsyncIterator[tuple[httpx.AsyncClient, Processor]]:
    """Run the front-end, and be a browser that asks for its pages compressed."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    services = {f"{name.upper()}_URL": system.url(name) for name in ("submissions", "search")}
    environment = {
        **os.environ,
        **services,
        "MONGODB_URL": system.mongod.url,
        "OIDC_ISSUER": system.issuer.issuer,
        "OIDC_AUDIENCE": "practice-exchange",
        "WEB_SECRET": secrets.token_hex(32),
        "PUBLIC_URL": url,
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    process = Process(
        [sys.executable, "-m", "services.web"], log=system.folder / "front-end.log", environment=environment
    )
    async with httpx.AsyncClient(base_url=url, timeout=30, headers={"accept-language": "en"}) as http:

        async def answers() -> bool:
            try:
                return (await http.get("/health/ready")).is_success
            except httpx.HTTPError:
                return False

        try:
            await ready(process, answers, name="web", patience=60)
            others = tuple(one.pid for one in system.services.values())
            yield http, Processor(front_end=process.pid, others=others)
        finally:
            await process.stop()


async def _measured(
    http: httpx.AsyncClient, processor: Processor, made: Practices, ids: list[str], size: Size
) -> Section:
    themes = vocabulary("themes").usable
    apart = max(1, len(ids) // (size.visits + _WARM))

    def practice(n: int) -> str:
        return f"/practices/{ids[n * apart % len(ids)]}"

    def search(n: int) -> str:
        return f"/search?q={made.two_words().replace(' ', '+')}&theme={themes[n % len(themes)]}"

    def everything(n: int) -> str:
        return f"/search?theme={themes[n % len(themes)]}&sort=newest"

    def home(_: int) -> str:
        return "/"

    figures = [
        await _figure(http, processor, "the page of a practice", practice, size.visits, PRACTICE_SECONDS),
        await _figure(http, processor, "search: two words, a filter, facets", search, size.visits, SEARCH_SECONDS),
        await _figure(http, processor, "search: a filter alone", everything, size.visits // 3, SEARCH_SECONDS),
        await _figure(http, processor, "home", home, size.visits // 3, None),
    ]
    for name, path in (("the page of a practice", practice(0)), ("search", everything(0)), ("home", "/")):
        figures.append(await _heavy(http, name, path))
    return Section(
        title="The reader's pages",
        how=f"{size.practices} practices of {size.words} words in eight languages (seed {size.seed}); front-end,"
        f" submissions, search, mongod and nats-server on this machine; one browser, {size.visits} visits, each"
        " another; what it waits for the whole answer, compressed.",
        figures=tuple(figures),
    )


async def _figure(
    http: httpx.AsyncClient,
    processor: Processor,
    name: str,
    path: Callable[[int], str],
    visits: int,
    goal: float | None,
) -> Figure:
    for n in range(_WARM):
        await http.get(path(visits + n), follow_redirects=True)
    seconds, before = [], processor.spent()
    for n in range(visits):
        address = path(n)
        began = time.perf_counter()
        answer = await http.get(address)
        seconds.append(time.perf_counter() - began)
        answer.raise_for_status()
    busy = [(now - then) / visits for now, then in zip(processor.spent(), before, strict=True)]
    p50, p95 = percentile(seconds, 0.5), percentile(seconds, 0.95)
    return Figure(
        name=f"{name}: p50 / p95 / worst (processor: front-end + services)",
        value=" / ".join(map(milliseconds, (p50, p95, max(seconds)))) + f" ({' + '.join(map(milliseconds, busy))})",
        goal=f"p95 under {milliseconds(goal)}" if goal else "",
        kept=p95 < goal if goal else None,
    )


async def _heavy(http: httpx.AsyncClient, name: str, path: str) -> Figure:
    """What a first visit transfers, and how many calls waited for one another."""
    total, waited = await weight(http, path), in_sequence(await http.get(path))
    return Figure(
        name=f"{name}: transferred on a first visit, calls in sequence",
        value=f"{total / 1000:.0f} kB, {waited}",
        goal=f"at most {MOST_BYTES // 1000} kB, {MOST_IN_SEQUENCE}",
        kept=total <= MOST_BYTES and waited <= MOST_IN_SEQUENCE,
    )


def _main(size: Size) -> None:
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        section = asyncio.run(measure(Path(folder).resolve(), size))
    print(section.how)  # noqa: T201
    for figure in section.figures:
        print(f"  {figure.name:88} {figure.value}{'' if figure.kept in {None, True} else '   NOT KEPT'}")  # noqa: T201


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for option, default in (("practices", 10_000), ("words", 500), ("visits", 300), ("seed", 7)):
        parser.add_argument(f"--{option}", type=int, default=default)
    _main(Size(**vars(parser.parse_args())))
