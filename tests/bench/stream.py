"""The stream and the catalogue: a thousand who follow, ten thousand practices downloaded, and memory over minutes."""

from __future__ import annotations

import asyncio
import gzip
import json
import resource
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import nats
import psutil
from nats.js import JetStreamContext

from shared.bus.topology import EVENTS as EVENTS_STREAM
from shared.events.envelope import Envelope, schema_address
from shared.events.practices import PracticePublished, PublicPractice
from shared.ids import new_id
from tests.bench.figures import Figure, Section, milliseconds
from tests.bench.practices import Practices
from tests.system import System

CLIENTS: Final = 1000
PRACTICES: Final = 10_000
EVENTS: Final = 20
DOWNLOADS: Final = 3
MEMORY_GOAL: Final = 300_000_000
ALL_HEARD_GOAL: Final = 2.0
DOWNLOAD_GOAL: Final = 5.0
GROWTH_GOAL: Final = 15_000_000
_AT_ONCE: Final = 200
_EVERY_SECONDS: Final = 0.5
_FILTERS: Final = ("", "?theme=staff-mobility&theme=recognition&language=en")


class Listener:
    """One client on a socket of its own; it notes when it had each event."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer
        self.had: dict[str, float] = {}
        self.begun = asyncio.Event()
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for line in self._reader:
            if line.startswith(b"id: "):
                self.begun.set()
            elif line.startswith(b"data: {"):
                start = line.index(b'"id":"') + 6
                self.had[line[start : line.index(b'"', start)].decode()] = time.perf_counter()


async def _listener(port: int, query: str) -> Listener:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**21)
    writer.write(f"GET /events{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    listener = Listener(reader, writer)
    await listener.begun.wait()
    return listener


@asynccontextmanager
async def _listening(port: int, many: int) -> AsyncIterator[list[Listener]]:
    listeners: list[Listener] = []
    try:
        for first in range(0, many, 50):
            some = (_listener(port, _FILTERS[number % 2]) for number in range(first, min(many, first + 50)))
            listeners += await asyncio.gather(*some)
        yield listeners
    finally:
        for one in listeners:
            one.task.cancel()
            one.writer.close()
        await asyncio.gather(*(one.task for one in listeners), return_exceptions=True)


def _envelope(practice: PublicPractice) -> Envelope:
    identifier = new_id()
    data = PracticePublished(practice=practice)
    return Envelope(
        id=identifier,
        source="/submissions",
        type=data.type,
        subject=practice.id,
        time=practice.published_at,
        dataschema=schema_address(type(data)),
        partitionkey=f"practice:{practice.id}",
        aggregateversion=1,
        correlationid=identifier,
        data=data.model_dump(mode="json"),
    )


async def _publish(js: JetStreamContext, practice: PublicPractice) -> str:
    """Say it as the relay does; return the event's id."""
    envelope = _envelope(practice)
    headers = {"aggregate": envelope.partitionkey, "aggregateversion": "1"}
    body = envelope.to_bytes()
    for subject in (PracticePublished.subject, f"catalogue.{practice.id}"):
        await js.publish(subject, body, headers=headers | {"Nats-Msg-Id": envelope.id})
    return envelope.id


async def _publish_all(js: JetStreamContext, practices: Sequence[PublicPractice]) -> None:
    for first in range(0, len(practices), _AT_ONCE):
        await asyncio.gather(*(_publish(js, one) for one in practices[first : first + _AT_ONCE]))


async def _let_rest(js: JetStreamContext) -> None:
    """Wait until the service has kept everything that was said: that is not what is measured here."""
    async with asyncio.timeout(600):
        waits = True
        while waits:
            await asyncio.sleep(0.5)
            info = await js.consumer_info(EVENTS_STREAM, "syndication-practices")
            waits = bool(info.num_pending or info.num_ack_pending)


async def _download(port: int, *, packed: bool) -> tuple[float, int, int]:
    """Return the seconds that a download of the catalogue took, its events, and its bytes on the wire."""
    begun = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    encoding = "gzip" if packed else "identity"
    request = f"GET /catalogue HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAccept-Encoding: {encoding}\r\n\r\n"
    writer.write(request.encode())
    await reader.readuntil(b"\r\n\r\n")
    body = bytearray()
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    seconds = time.perf_counter() - begun
    writer.close()
    text = gzip.decompress(body) if packed else bytes(body)
    last = json.loads(text[text.rindex(b"\n", 0, -1) + 1 :])
    return seconds, int(last["events"]), len(body)


async def _heard(js: JetStreamContext, practice: PublicPractice, listeners: list[Listener]) -> float:
    """Publish, and return the seconds until everybody had it."""
    begun = time.perf_counter()
    event_id = await _publish(js, practice)
    async with asyncio.timeout(60):
        while not all(event_id in one.had for one in listeners):  # noqa: ASYNC110 - asking a thousand costs less
            await asyncio.sleep(0.005)
    return max(one.had.pop(event_id) for one in listeners) - begun


def _memory(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)


async def _minutes(js: JetStreamContext, port: int, pid: int, made: Practices, minutes: float) -> list[int]:
    """Publish while some follow, some come and go, and some download; return the memory held, tenth by tenth."""
    memory: list[int] = []
    number, seconds = 20_000, minutes * 60
    async with _listening(port, 50) as listeners:
        for _ in range(10):
            until = time.perf_counter() + seconds / 10
            while time.perf_counter() < until:
                number += 1
                await _publish(js, made.one(number))
                async with _listening(port, 10):
                    await asyncio.sleep(_EVERY_SECONDS)
                if number % 20 == 0:
                    await _download(port, packed=True)
                for one in listeners:
                    one.had.clear()
            memory.append(_memory(pid))
    return memory


async def measure(system: System, *, minutes: float) -> Section:
    """Only syndication runs; what submissions says is said by the benchmark."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * CLIENTS)), hard))
    port, pid = system.ports["syndication"], system.services["syndication"].pid
    made = Practices(7, words=300)
    connection = await nats.connect(system.nats.url)
    js = connection.jetstream()
    await _publish_all(js, [made.one(number) for number in range(PRACTICES)])
    await _let_rest(js)
    first, *_ = await _download(port, packed=True)
    plain = [await _download(port, packed=False) for _ in range(DOWNLOADS)]
    packed = [await _download(port, packed=True) for _ in range(DOWNLOADS)]
    before = _memory(pid)
    async with _listening(port, CLIENTS) as listeners:
        heard = [await _heard(js, _english(made, 15_000 + number), listeners) for number in range(EVENTS)]
        memory = _memory(pid)
    over_time = await _minutes(js, port, pid, made, minutes)
    await connection.close()
    assert {events for _, events, _ in (*plain, *packed)} == {PRACTICES}, "a download has not all"
    slowest = max(heard)
    seconds = statistics.median(one for one, _, _ in plain)
    seconds_packed = statistics.median(one for one, _, _ in packed)
    growth = max(over_time[5:]) - over_time[1]
    return Section(
        title="The public events over HTTP",
        how=(
            f"{CLIENTS} clients follow `/events` of one process, half of them with a filter; {EVENTS} events, from"
            f" publishing until the last client has it. {PRACTICES:,} practices of about 300 words are downloaded from"
            f" `/catalogue`: once after the start, which compresses it, then {DOWNLOADS} times each way (the median)."
            f" Then {minutes:g} minutes with events, clients that come"
            " and go, and downloads; the memory of the second tenth of that time beside the most in the second half."
        ),
        figures=(
            Figure(name=f"an event at all {CLIENTS} clients, p50", value=milliseconds(statistics.median(heard))),
            Figure(name="the slowest", value=milliseconds(slowest), goal="under 2 s", kept=slowest < ALL_HEARD_GOAL),
            Figure(
                name=f"resident with {CLIENTS} clients",
                value=f"{memory / 1e6:.0f} MB ({before / 1e6:.0f} MB without)",
                goal="under 300 MB",
                kept=memory < MEMORY_GOAL,
            ),
            Figure(
                name="catalogue downloaded for the first time, gzip",
                value=f"{first:.2f} s",
                goal="under 5 s",
                kept=first < DOWNLOAD_GOAL,
            ),
            Figure(
                name=f"catalogue downloaded, {plain[0][2] / 1e6:.0f} MB",
                value=f"{seconds:.2f} s",
                goal="under 5 s",
                kept=seconds < DOWNLOAD_GOAL,
            ),
            Figure(
                name=f"the same as gzip, {packed[0][2] / 1e6:.0f} MB",
                value=f"{seconds_packed:.2f} s",
                goal="under 5 s",
                kept=seconds_packed < DOWNLOAD_GOAL,
            ),
            Figure(
                name=f"memory that {minutes:g} minutes add",
                value=f"{growth / 1e6:.1f} MB (ends at {over_time[-1] / 1e6:.0f} MB)",
                goal="flat: under 15 MB",
                kept=growth < GROWTH_GOAL,
            ),
        ),
    )


def _english(made: Practices, number: int) -> PublicPractice:
    """Return a practice that fits every filter here."""
    one = made.one(number)
    content: dict[str, Any] = {**one.content, "themes": ["staff-mobility"]}
    return one.model_copy(update={"content": content, "languages": tuple(dict.fromkeys((*one.languages, "en")))})
