"""The services and the web front-end: all of them on this event loop, or each in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpx

from local.addresses import SERVICES
from local.heap import FEW_ARENAS
from local.process import DidNotStart, Process
from shared.service import Service

if TYPE_CHECKING:
    from local.house import House

PATIENCE_SECONDS = 60.0
LARGEST_LOG = 20 * 1024 * 1024
_OURS_TO_SAY = ("HOST", "PORT", "DATABASE", "NATS_USER", "NATS_PASSWORD")

Composition = Callable[[Mapping[str, str]], Awaitable[Service]]


def compositions() -> dict[str, Composition]:
    """Return what puts each service together from its settings. Imports all of them, which takes a second or two."""
    from services.notifications.app import build as build_notifications  # noqa: PLC0415
    from services.notifications.settings import NotificationSettings  # noqa: PLC0415
    from services.review.app import build as build_review  # noqa: PLC0415
    from services.review.settings import ReviewSettings  # noqa: PLC0415
    from services.search.app import build as build_search  # noqa: PLC0415
    from services.search.settings import SearchSettings  # noqa: PLC0415
    from services.submissions.app import build as build_submissions  # noqa: PLC0415
    from services.submissions.settings import SubmissionsSettings  # noqa: PLC0415
    from services.syndication.app import build as build_syndication  # noqa: PLC0415
    from services.syndication.settings import SyndicationSettings  # noqa: PLC0415
    from services.web.app import build as build_web  # noqa: PLC0415
    from services.web.settings import WebSettings  # noqa: PLC0415

    def of(settings: Any, build: Callable[[Any], Awaitable[Service]]) -> Composition:
        return lambda environment: build(settings(**{name.lower(): value for name, value in environment.items()}))

    return {
        "submissions": of(SubmissionsSettings, build_submissions),
        "review": of(ReviewSettings, build_review),
        "search": of(SearchSettings, build_search),
        "notifications": of(NotificationSettings, build_notifications),
        "syndication": of(SyndicationSettings, build_syndication),
        "web": of(WebSettings, build_web),
    }


async def in_this_process(stack: AsyncExitStack, house: House, composed: Mapping[str, Composition]) -> None:
    """Run all services on this loop until ``stack`` is left; their log lines go to one file."""
    log = stack.enter_context(log_file(house.data, "services").open("a", encoding="utf-8"))
    # The services log to standard output, which here belongs to the person at the terminal.
    with contextlib.redirect_stdout(log):
        built = await asyncio.gather(*(composed[name](house.environment(name)) for name in SERVICES))
    for number, service in enumerate(built):
        try:
            await stack.enter_async_context(service.running())
        except BaseException:
            for later in built[number + 1 :]:
                await later.close()
            raise
    await all_ready(house)


async def in_processes(stack: AsyncExitStack, house: House) -> None:
    """Run each service in a process of its own until ``stack`` is left."""
    inherited = {name: value for name, value in os.environ.items() if name not in _OURS_TO_SAY}
    for name in SERVICES:
        process = Process(
            [sys.executable, "-m", f"services.{name}", "all"],
            log=log_file(house.data, name),
            environment={**FEW_ARENAS, **inherited, **house.environment(name)},
        )
        stack.push_async_callback(process.stop)
        house.processes[name] = process
    await all_ready(house)


async def all_ready(house: House) -> None:
    """Wait until every service says that it is ready. Raises DidNotStart, with the end of its log."""
    async with httpx.AsyncClient(verify=False, trust_env=False, timeout=5) as http:  # noqa: S501 - plain http
        await asyncio.gather(*(_ready(http, house, name) for name in SERVICES))


async def _ready(http: httpx.AsyncClient, house: House, name: str) -> None:
    until = monotonic() + PATIENCE_SECONDS
    process = house.processes.get(name)
    said = "nothing"
    while monotonic() < until:
        if process and process.code is not None:
            break
        try:
            answer = await http.get(f"{house.address(name)}/health/ready")
        except httpx.TransportError as error:
            said = repr(error)
        else:
            if answer.is_success:
                return
            said = answer.text
        await asyncio.sleep(0.05)
    raise DidNotStart(f"{name} is not ready; it says: {said}\n{process.tail() if process else ''}")


def log_file(data: Path, name: str) -> Path:
    """Return the log file of that name; one that has grown large is put aside first."""
    folder = data / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.log"
    if file.exists() and file.stat().st_size > LARGEST_LOG:
        file.replace(file.with_suffix(".log.old"))
    return file
