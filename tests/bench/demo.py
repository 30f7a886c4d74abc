"""How soon the demo is ready, and how much memory all its processes hold."""

import asyncio
import re
import sys
import time
from pathlib import Path

import psutil

from local.process import Process
from tests.bench.figures import Figure, Section

READY_GOAL = 10.0
MEMORY_GOAL = 450_000_000
_READY = re.compile(r"^Ready after", re.MULTILINE)


def _memory(pid: int) -> int:
    """Return the resident bytes of a process and all its children."""
    parent = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (parent, *parent.children(recursive=True)))


async def measure(folder: Path) -> Section:
    """Start the demo anew, wait for its word that it is ready, and look at its memory until the main job is played."""
    command: list[str | Path] = [sys.executable, "-m", "local", "demo", "--data", folder / "demo", "--once"]
    started = time.perf_counter()
    demo = Process(command, log=folder / "demo.log")
    ready: float | None = None
    most = 0
    while demo.code is None:
        if ready is None and _READY.search(demo.log.read_text("utf-8", "replace")):
            ready = time.perf_counter() - started
        try:
            most = max(most, _memory(demo.pid))
        except psutil.NoSuchProcess:
            break
        await asyncio.sleep(0.1)
    if await demo.stop() != 0 or ready is None:
        raise RuntimeError(f"the demo did not go well:\n{demo.tail()}")
    played = time.perf_counter() - started
    return Section(
        title="The demo",
        how=(
            "Everything in one process beside mongod and nats-server, on empty data; the most memory seen while it"
            " played."
        ),
        figures=(
            Figure(name="ready", value=f"{ready:.1f} s", goal="under 10 s", kept=ready < READY_GOAL),
            Figure(
                name="all processes resident",
                value=f"{most / 1e6:.0f} MB",
                goal="under 450 MB",
                kept=most < MEMORY_GOAL,
            ),
            Figure(name="whole main job played and stopped", value=f"{played:.0f} s"),
        ),
    )
