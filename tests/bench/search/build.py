"""Filling the catalogue with practices, and an index from it; both may be there from an earlier run."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import nats

from services.search.entry import entry_of
from services.search.schema import FINGERPRINT
from shared.bus.topology import CATALOGUE
from shared.events.practices import PracticePublished
from tests.bench.search import kept
from tests.bench.search.progress import Progress
from tests.bench.search.texts import Size, practices, text_of
from tests.services.search.making import body
from tests.system import System, running_system

_TOGETHER: Final = 256  # publications not acknowledged yet
_READY_SECONDS: Final = 4 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A service that serves. ``filled`` is how many practices a second it read; ``earlier`` when, if in another run."""

    system: System
    text_bytes: int
    filled: float
    earlier: str | None

    @property
    def url(self) -> str:
        return self.system.url("search")

    @property
    def index(self) -> Path:
        return self.system.folder / "index"


@asynccontextmanager
async def built(size: Size, folder: Path) -> AsyncIterator[Built]:
    """Start the service on the practices, once it serves all of them."""
    catalogue = kept.earlier(folder, size)
    if catalogue is None:
        kept.begin(folder)
    async with running_system(folder, services=()) as system:
        if catalogue is None:
            catalogue = kept.note(folder, size, text_bytes=await _publish(system, size))
        index = kept.earlier(folder / "index", size)
        there = index is not None and index["fingerprint"] == FINGERPRINT
        if not there:
            shutil.rmtree(folder / "index", ignore_errors=True)
        began = time.perf_counter()
        system.start("search")
        await _ready(system, size)
        if index is None or not there:
            rate = size.documents / (time.perf_counter() - began)
            index = kept.note(folder / "index", size, fingerprint=FINGERPRINT, rate=rate)
        yield Built(
            system=system,
            text_bytes=catalogue["text_bytes"],
            filled=index["rate"],
            earlier=index["at"] if there else None,
        )


async def _publish(system: System, size: Size) -> int:
    """Put the practices on the catalogue; return how many bytes of text they hold."""
    connection = await nats.connect(system.nats.url)
    js = connection.jetstream(publish_async_max_pending=2 * _TOGETHER)
    progress, waiting, text_bytes = Progress("published", size.documents), list[Any](), 0
    for number, made in enumerate(practices(size), 1):
        text_bytes += len(text_of(entry_of(made, said=1)).encode())
        raw = body(PracticePublished(practice=made), made.id, 1)
        waiting.append(await js.publish_async(f"catalogue.{made.id}", raw, stream=CATALOGUE))
        if len(waiting) >= _TOGETHER:
            await asyncio.gather(*waiting)
            waiting.clear()
            progress.at(number)
    await asyncio.gather(*waiting)
    await connection.close()
    progress.done()
    return text_bytes


async def _ready(system: System, size: Size) -> None:
    until, progress = time.monotonic() + _READY_SECONDS, Progress("indexed", size.documents)
    async with httpx.AsyncClient(base_url=system.url("search"), timeout=30) as client:
        while not await system.is_ready("search"):
            if time.monotonic() > until:
                raise TimeoutError("search did not read the catalogue in time")
            await asyncio.sleep(0.2)
            try:
                progress.at((await client.get("/status")).json()["practices"])
            except (httpx.HTTPError, KeyError):
                continue  # not up yet
    progress.done()
