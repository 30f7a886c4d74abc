"""No query makes a replica use much more memory or time than it does anyway: asked of a process of its own."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from pathlib import Path

import httpx
import pytest

from local.free_ports import free_port
from local.process import Process
from tests.bench.practices import FIELD, Practices
from tests.services.search.hostile import Asked, hostile
from tests.services.search.making import Publisher
from tests.waiting import eventually

_PRACTICES = 1_500
_CLIENTS = 6
_MIB = 1 << 20
_MEMORY_BYTES = 200 * _MIB
_SECONDS = 5.0  # the time limit of a query
_MACHINE_SECONDS = 20.0  # for a machine that does other things besides: what is asked waits for its turn


def _peak(process: Process) -> int:
    """Return the most memory that a process has held since ``_forget_peak``, in bytes."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _forget_peak(process: Process) -> None:
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_hostile_queries_take_little_memory_and_end_in_time(
    nats_url: str, publisher: Publisher, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    made = Practices(seed, words=200)
    last = await publisher.publish_all([made.one(n) for n in range(_PRACTICES)])
    port = free_port()
    environment = {**os.environ, "NATS_URL": nats_url, "MONGODB_URL": "mongodb://127.0.0.1:9/", "PORT": str(port)}
    environment |= {"INDEX_DIR": str(tmp_path / "shelf"), "LOG_LEVEL": "CRITICAL"}
    process = Process(
        [sys.executable, "-m", "services.search", "all"], log=tmp_path / "search.log", environment=environment
    )
    try:
        async with httpx.AsyncClient(
            trust_env=False, base_url=f"http://127.0.0.1:{port}", timeout=_SECONDS + _MACHINE_SECONDS
        ) as http:

            async def complete() -> bool:
                try:
                    told = (await http.get("/status")).json()
                except httpx.HTTPError:
                    return False
                return bool(told["complete"]) and told["sequence"] >= last

            await eventually(complete, 60)
            for text in ("teachers mobility", "lehrkrafte", "xyz", ""):  # what any query makes it load
                (await http.get("/search", params={"q": text})).raise_for_status()
            _forget_peak(process)
            before = _peak(process)
            words = [word for several in FIELD.values() for word in several.split() if len(word) > 2]
            asked = list(hostile(seed, words))
            shares = [asked[number::_CLIENTS] for number in range(_CLIENTS)]
            await asyncio.gather(*(_ask(http, share) for share in shares))
            await asyncio.gather(*(_ask(http, asked[:4]) for _ in range(_CLIENTS)))
            more = _peak(process) - before
            assert more < _MEMORY_BYTES, f"{more / _MIB:.0f} MiB more, seed {seed}"
    finally:
        await process.stop()


async def _ask(http: httpx.AsyncClient, asked: list[Asked]) -> None:
    for path, parameters in asked:
        began = time.monotonic()
        answer = await http.get(path, params=parameters)
        assert answer.status_code in {200, 414, 422, 431, 503}, (path, str(parameters)[:200], answer.status_code)
        assert time.monotonic() - began < _SECONDS + _MACHINE_SECONDS
        if answer.status_code == 503:
            assert "too long" in answer.json()["detail"], answer.text  # given up, and it says why
