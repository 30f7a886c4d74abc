"""How soon after a publication fifty endpoints have it, and how many deliveries a second there are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import nats
from nats.js import JetStreamContext

from shared.clock import utc_now
from shared.events.practices import PracticePublished
from tests.bench.figures import Figure, Section, cpu_seconds, milliseconds, percentile
from tests.services.syndication.saying import practice, said
from tests.system import System

ENDPOINTS = 50
EACH = 20  # an organisation has no more
PUBLICATIONS = 40
PAUSE = 0.25
CROWD = 100
PATIENCE = 120.0
P95_GOAL = 0.5
RATE_GOAL = 300.0

_ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass(slots=True)
class _Receiver:
    """Answers everything with 204; ``arrived`` has when each request came, by the id of its event."""

    arrived: dict[str, list[float]] = field(default_factory=dict)
    count: int = 0
    wanted: int = 0
    all_there: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, event_id: str) -> None:
        self.arrived.setdefault(event_id, []).append(time.perf_counter())
        self.count += 1
        if self.count >= self.wanted:
            self.all_there.set()

    async def wait_for(self, count: int) -> None:
        self.wanted = count
        self.all_there.clear()
        if self.count < count:
            async with asyncio.timeout(PATIENCE):
                await self.all_there.wait()


class _Connection(asyncio.Protocol):
    """As little HTTP/1.1 as it takes: what it costs would count against what is measured."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # of uvloop, which has a class of its own

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head = self._read[:end].lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            if len(self._read) < end + 4 + length:
                return
            self._read = self._read[end + 4 + length :]
            self._take(head.partition(b"webhook-id: ")[2].partition(b"\r\n")[0].decode())
            self._transport.write(_ANSWER)


async def _subscribe(system: System, port: int) -> None:
    for number in range(ENDPOINTS):
        who = {"sub": "ana", "roles": ["member"], "organisation": f"org-{number // EACH}"}
        async with system.client("syndication", **who) as client:
            body = {"name": f"Endpoint {number}", "url": f"http://127.0.0.1:{port}/{number}"}
            (await client.post("/webhooks", json=body)).raise_for_status()


async def _publish(js: JetStreamContext, name: str) -> tuple[str, float]:
    """Say a publication; return its id and when it was said."""
    data = PracticePublished(practice=practice(name))
    event = said(data, name, time=utc_now())
    headers = {"Nats-Msg-Id": event.id, "aggregate": event.aggregate, "aggregateversion": "1"}
    at = time.perf_counter()
    await js.publish(data.subject, event.envelope.to_bytes(), stream="EVENTS", headers=headers)
    return event.id, at


async def measure(system: System) -> Section:
    receiver = _Receiver()
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(receiver.take), "127.0.0.1", 0)
    connection = await nats.connect(system.nats.url)
    js = connection.jetstream()
    await _subscribe(system, server.sockets[0].getsockname()[1])
    for number in range(5):
        await _publish(js, f"warm-{number}")
    await receiver.wait_for(5 * ENDPOINTS)

    said_at: dict[str, float] = {}
    for number in range(PUBLICATIONS):
        event_id, at = await _publish(js, f"alone-{number}")
        said_at[event_id] = at
        await asyncio.sleep(PAUSE)
    await receiver.wait_for((5 + PUBLICATIONS) * ENDPOINTS)
    took = [moment - at for event_id, at in said_at.items() for moment in receiver.arrived[event_id]]

    pid = system.services["syndication"].pid
    used, begun, before = cpu_seconds(pid), time.perf_counter(), receiver.count
    await asyncio.gather(*(_publish(js, f"crowd-{number}") for number in range(CROWD)))
    await receiver.wait_for(before + CROWD * ENDPOINTS)
    wall, used = time.perf_counter() - begun, cpu_seconds(pid) - used
    server.close()
    await connection.close()
    deliveries = CROWD * ENDPOINTS
    p95, rate = percentile(took, 0.95), deliveries / wall
    return Section(
        title="Webhooks",
        how=(
            f"{ENDPOINTS} endpoints without order at one receiver on this machine, which answers at once."
            f" {PUBLICATIONS} publications one after the other, from the publishing on NATS to the arrival of each"
            f" webhook; then {CROWD} at once, {deliveries:,} deliveries, from the first publishing to the last arrival."
            " mongod, nats-server, receiver and this program are on the same cores."
        ),
        figures=(
            Figure(name="published → received, p50", value=milliseconds(percentile(took, 0.5))),
            Figure(
                name="published → received, p95",
                value=milliseconds(p95),
                goal=f"under {milliseconds(P95_GOAL)}",
                kept=p95 < P95_GOAL,
            ),
            Figure(name="published → received, slowest", value=milliseconds(max(took))),
            Figure(
                name="deliveries a second",
                value=f"{rate:.0f}",
                goal=f"at least {RATE_GOAL:.0f}",
                kept=rate >= RATE_GOAL,
            ),
            Figure(name="CPU time of the service, one delivery", value=milliseconds(used / deliveries)),
        ),
    )
