"""The service itself: filled from the catalogue, asked over HTTP, rebuilt, and followed live."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import httpx
import psutil

from tests.bench.figures import cpu_seconds, percentile
from tests.bench.practices import FIELD
from tests.bench.search import bare, live
from tests.bench.search.build import built
from tests.bench.search.live import SUBMITTED_A_SECOND
from tests.bench.search.progress import Progress, say
from tests.bench.search.texts import Query, Size, mistyped, queries
from tests.services.search.hostile import hostile
from tests.system import System

_CLIENTS: Final = 16
_WARMING: Final = 30  # queries asked before anything is timed
_SETTLED_SECONDS: Final = 300
_QUIET_SECONDS: Final = 3
_QUIET_PERCENT: Final = 20
_USUAL: Final = 100_000  # practices, for which the goals are
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """Practices a second, and the most memory of its own that the process held meanwhile."""

    rate: float
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Seconds, rates and sizes measured."""

    one: tuple[float, ...]
    wrong: tuple[float, ...]
    suggest: tuple[float, ...]
    rate: float
    many: tuple[float, ...]
    busy: float  # of the processor, for each query that the sixteen ask
    bare: bare.Bare
    filled: float
    filled_earlier: str | None  # when, if not in this run
    rebuilt: Rebuilt | None
    live: live.Live
    index_bytes: int
    text_bytes: int
    memory_bytes: int
    mapped_bytes: int  # of it, pages of the files of the index and of libraries, which the kernel may drop at any time
    hostile_bytes: int


async def measure(size: Size, folder: Path, *, rebuild: bool) -> Ours:
    """Publish the practices, start the service on them, and measure; what ``folder`` has already is measured again."""
    asked, more = queries(size), live.more(size)
    async with built(size, folder) as there, httpx.AsyncClient(base_url=there.url, timeout=60) as client:
        process = psutil.Process(there.system.services["search"].pid)
        await _settled(process)
        say("  asking")
        await _asked(client, [_address(query) for query in asked[:_WARMING]])
        one = await _asked(client, [_address(query) for query in asked])
        wrong = await _asked(client, [_address(mistyped(query)) for query in asked])
        suggest = await _asked(
            client, [f"/suggest?{urlencode({'q': q.text[: 2 + n % 4]})}" for n, q in enumerate(asked)]
        )
        reference = await asyncio.to_thread(bare.measure, there.index, asked, warming=_WARMING)
        began, used = time.perf_counter(), cpu_seconds(process.pid)
        shares = [asked[number::_CLIENTS] for number in range(_CLIENTS)]
        many = await asyncio.gather(*(_asked(client, [_address(q) for q in share]) for share in shares))
        rate = len(asked) / (time.perf_counter() - began)
        busy = (cpu_seconds(process.pid) - used) / len(asked)
        memory, mapped = process.memory_info().rss, process.memory_info().shared
        say("  asking queries made to cost")
        hostile_memory = await _most_memory(client, process, size)
        stored = _bytes_of(there.index)
        say(f"  publishing {len(more):,} more")
        followed = await live.measure(client, there.system.nats.url, more)
        rebuilt = await _rebuilt(there.system, client, process, size) if rebuild else None
        return Ours(
            one=tuple(one),
            wrong=tuple(wrong),
            suggest=tuple(suggest),
            rate=rate,
            many=tuple(second for seconds in many for second in seconds),
            busy=busy,
            bare=reference,
            filled=there.filled,
            filled_earlier=there.earlier,
            rebuilt=rebuilt,
            live=followed,
            index_bytes=stored,
            text_bytes=there.text_bytes,
            memory_bytes=memory,
            mapped_bytes=mapped,
            hostile_bytes=max(0, hostile_memory - memory),
        )


async def _settled(process: psutil.Process) -> None:
    """Wait until segments are merged, which goes on for a while after much was indexed."""
    until, quiet = time.monotonic() + _SETTLED_SECONDS, 0
    process.cpu_percent()
    while quiet < _QUIET_SECONDS and time.monotonic() < until:
        await asyncio.sleep(1)
        quiet = quiet + 1 if process.cpu_percent() < _QUIET_PERCENT else 0


def _address(query: Query) -> str:
    pairs = [("q", query.text), ("lang", "en"), ("limit", "10")]
    pairs += [("kind", code) for code in query.kinds] + [("sector", code) for code in query.sectors]
    return f"/search?{urlencode(pairs + [('theme', code) for code in query.themes])}"


async def _asked(client: httpx.AsyncClient, addresses: Sequence[str]) -> list[float]:
    taken = []
    for address in addresses:
        began = time.perf_counter()
        (await client.get(address)).raise_for_status()
        taken.append(time.perf_counter() - began)
    return taken


async def _most_memory(client: httpx.AsyncClient, process: psutil.Process, size: Size) -> int:
    """Ask queries that are made to cost; return the most memory that was held after one."""
    most = 0
    for path, parameters in hostile(size.seed, [word for words in FIELD.values() for word in words.split()]):
        await client.get(path, params=parameters)
        most = max(most, process.memory_info().rss)
    return most


async def _rebuilt(system: System, client: httpx.AsyncClient, process: psutil.Process, size: Size) -> Rebuilt:
    """Rebuild beside the serving index."""
    most, progress = 0, Progress("rebuilt", size.documents)
    headers = system.issuer.headers(roles=["administrator"])
    before = (await client.get("/status")).json()["rebuilt_at"]
    began = time.perf_counter()
    (await client.post("/rebuild", headers=headers)).raise_for_status()
    while (status := (await client.get("/status")).json())["rebuild"] or status["rebuilt_at"] == before:
        progress.at((status["rebuild"] or {}).get("sequence", 0))
        memory = process.memory_info()
        most = max(most, memory.rss - memory.shared)
        await asyncio.sleep(0.1)
    progress.done()
    return Rebuilt(rate=float(status["practices"]) / (time.perf_counter() - began), memory_bytes=most)


def _bytes_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def figures(ours: Ours, size: Size) -> list[tuple[str, str, str]]:
    """Return what was measured, how much of it, and the goal."""
    one, bare = percentile(ours.one, 0.95), ours.bare
    apart, submitted = percentile(ours.live.apart, 0.95), percentile(ours.live.submitted, 0.95)
    own = ours.memory_bytes - ours.mapped_bytes
    slowest = 0.025 if size.documents <= _USUAL else 0.150
    rows = [
        (
            "two words, three filters, nine facets, ten snippets over HTTP, p50 / p95",
            _both(ours.one),
            f"p95 under {slowest * 1000:.0f} ms{_kept(one < slowest)}",
        ),
        (
            "the same with 16 clients, queries a second",
            f"{ours.rate:.0f}",
            f"at least 100{_kept(ours.rate >= 100)}" if size.documents <= _USUAL else "",
        ),
        ("and p50 / p95", _both(ours.many), ""),
        ("and processor time of the service, a query", f"{ours.busy * 1000:.1f} ms", ""),
        (
            "tantivy itself, asked directly: two words, three filters, counts in one pass, p50 / p95",
            _both(bare.taken),
            "",
        ),
        ("the same on two threads, queries a second", f"{bare.rate:.0f}", ""),
        ("one query over HTTP for one of tantivy itself, p50 / p95", _ratios(ours.one, bare.taken), ""),
        ("at one client, two letters of a word swapped, p50 / p95", _both(ours.wrong), ""),
        (
            "suggestions, p50 / p95",
            _both(ours.suggest),
            f"p95 under 10 ms{_kept(percentile(ours.suggest, 0.95) < 0.01)}",
        ),
    ]
    if not ours.filled_earlier:
        rows.append(("filled from the catalogue, practices a second", f"{ours.filled:.0f}", ""))
    if ours.rebuilt is not None:
        goal, most = f"at least 1,000{_kept(ours.rebuilt.rate >= 1000)}", ours.rebuilt.memory_bytes
        rows += [
            ("rebuilt beside the serving index, practices a second", f"{ours.rebuilt.rate:.0f}", goal),
            (
                "and memory of its own meanwhile, at most",
                f"{most / _MIB:.0f} MiB",
                f"under 500{_kept(most < 500 * _MIB)}",
            ),
        ]
    return [
        *rows,
        ("from publication to found, p50 / p95", _both(ours.live.apart), f"p95 under 300 ms{_kept(apart < 0.3)}"),
        (
            f"the same while {SUBMITTED_A_SECOND} a second are published, p50 / p95",
            _both(ours.live.submitted),
            f"p95 under 400 ms{_kept(submitted < 0.4)}",
        ),
        (
            "200 revisions a second, the last found after",
            f"{ours.live.behind * 1000:.0f} ms",
            f"under 1 s{_kept(ours.live.behind < 1)}",
        ),
        (
            "index for each byte of text",
            f"{ours.index_bytes / ours.text_bytes:.2f}",
            f"under 1.5{_kept(ours.index_bytes < 1.5 * ours.text_bytes)}",
        ),
        ("memory of its own", f"{own / _MIB:.0f} MiB", f"under 500{_kept(own < 500 * _MIB)}"),
        ("resident memory, with pages of files that the kernel may drop", f"{ours.memory_bytes / _MIB:.0f} MiB", ""),
        (
            "more of it after queries made to cost",
            f"{ours.hostile_bytes / _MIB:.0f} MiB",
            f"under 200{_kept(ours.hostile_bytes < 200 * _MIB)}",
        ),
    ]


def _both(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.1f} / {percentile(seconds, 0.95) * 1000:.1f} ms"


def _ratios(seconds: Sequence[float], to: Sequence[float]) -> str:
    return " / ".join(f"{percentile(seconds, share) / percentile(to, share):.1f}" for share in (0.5, 0.95))


def _kept(kept: bool) -> str:
    return "" if kept else ": **not kept**"
