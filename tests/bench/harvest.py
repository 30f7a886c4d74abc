"""How long other systems take to have everything: 10,000 practices by OAI-PMH, in the sitemap, and a page of the feed.

``python -m tests.bench.harvest [--practices N] [--words N] [--seed N]`` measures it alone. Real mongod and nats-server;
syndication is a process of its own. One harvester, one list after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
from lxml import etree

from services.syndication.hear_practices import HearPractices
from services.syndication.oai.datestamps import SETTLED
from services.syndication.oai.repository import OAI
from services.syndication.store import Records
from shared.clock import utc_now
from shared.events.practices import PracticePublished, PublicPractice
from shared.store.client import Store
from shared.store.outbox import Transaction
from tests.bench.figures import Figure, Section, milliseconds
from tests.bench.practices import Practices
from tests.services.syndication.saying import said
from tests.system import running_system

_BATCH: Final = 200
_PAGES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What is measured on. The seed makes the same practices again."""

    practices: int = 10_000
    words: int = 500
    seed: int = 7


async def measure(folder: Path, size: Size | None = None) -> Section:
    """Fill a system in ``folder``, and take everything out of it."""
    size = size or Size()
    async with running_system(folder / "harvest", services=("syndication",)) as system:
        await _fill(system.mongod.url, size)
        async with httpx.AsyncClient(base_url=system.url("syndication"), timeout=60) as http:
            lists = {prefix: await _harvested(http, prefix, size.practices) for prefix in ("oai_dc", "mods")}
            began = time.perf_counter()
            sitemap = await http.get("/sitemaps/1")
            sitemap_seconds = time.perf_counter() - began
            feed_seconds = await _feed(http)
    figures = [
        Figure(
            name=f"harvested by OAI-PMH, `{prefix}`", value=f"{seconds:.1f} s ({size.practices / seconds:.0f} a second)"
        )
        for prefix, seconds in lists.items()
    ]
    figures += [
        Figure(name="a part of the sitemap", value=f"{sitemap_seconds:.2f} s ({len(sitemap.content) / 1e6:.1f} MB)"),
        Figure(name="a page of the feed, 50 entries", value=milliseconds(feed_seconds)),
    ]
    how = f"{size.practices} practices of about {size.words} words; one harvester with gzip, pages of 100 records."
    return Section(title="Harvesting and feeds", how=how, figures=tuple(figures))


async def _fill(mongodb_url: str, size: Size) -> None:
    """Have the service's own code keep them, long enough ago to be harvested."""
    past = utc_now() - SETTLED - timedelta(hours=1)
    store = await Store.connect(mongodb_url, "practice_exchange_syndication", service="syndication", clock=lambda: past)
    hear, made = HearPractices(Records.of(store.db)), Practices(size.seed, words=size.words)
    for some in _batches(made, size.practices):

        async def keep(tx: Transaction, some: list[PublicPractice] = some) -> None:
            for practice in some:
                await hear.on_published(said(PracticePublished(practice=practice), practice.id, time=past), tx)

        await store.transact(keep)
    await store.close()


def _batches(made: Practices, count: int) -> Iterator[list[PublicPractice]]:
    for first in range(0, count, _BATCH):
        yield [made.one(n) for n in range(first, min(first + _BATCH, count))]


async def _harvested(http: httpx.AsyncClient, prefix: str, count: int) -> float:
    began, found, query = time.perf_counter(), 0, {"verb": "ListRecords", "metadataPrefix": prefix}
    while True:
        root = etree.fromstring((await http.get("/oai", params=query)).content)
        found += sum(1 for _ in root.iter(f"{{{OAI}}}record"))
        token = next((one.text for one in root.iter(f"{{{OAI}}}resumptionToken")), None)
        if not token:
            break
        query = {"verb": "ListRecords", "resumptionToken": token}
    if found != count:
        raise RuntimeError(f"{found} records came of {count}")
    return time.perf_counter() - began


async def _feed(http: httpx.AsyncClient) -> float:
    began = time.perf_counter()
    for _ in range(_PAGES):
        (await http.get("/feed.atom")).raise_for_status()
    return (time.perf_counter() - began) / _PAGES


def _main(size: Size) -> None:
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        section = asyncio.run(measure(Path(folder).resolve(), size))
    print(section.how)  # noqa: T201 - a command line
    for figure in section.figures:
        print(f"{figure.name}: {figure.value}")  # noqa: T201


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.harvest", description=__doc__)
    for name, default in (("practices", Size().practices), ("words", Size().words), ("seed", Size().seed)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    _main(Size(practices=given.practices, words=given.words, seed=given.seed))
