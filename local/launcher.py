"""What ``python -m local`` does: start everything, play the main job, stay until told to stop."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from nats.errors import Error as NatsError
from pymongo.errors import PyMongoError

from local.addresses import Outside, Ports
from local.house import House, running_house
from local.memory import memory
from local.play.story import play
from local.preflight import problems
from local.process import DidNotStart
from local.words import Words, welcome
from shared.tasks import stopped

OK, FAILED, NOT_READY = 0, 1, 2
# What we make in the data folder, and therefore what reset may take away.
OURS = ("idp", "logs", "mail", "mongod", "nats", "search", "nats-passwords.json", "web-secret.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    data: Path
    ports: Ports
    split: bool = False
    plays: bool = True
    once: bool = False
    tls: bool = False


class InUse(Exception):
    """Another demo runs on the same data."""


def reset(data: Path, words: Words) -> int:
    """Forget the data of an earlier run; what others put into the folder stays."""
    if not data.exists():
        words.line("There is nothing to forget.")
        return OK
    with _alone_on(data):
        for name in OURS:
            path = data / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    (data / "lock").unlink(missing_ok=True)
    if not any(data.iterdir()):
        data.rmdir()
    words.line(f"Forgot what was in {data}.")
    return OK


async def launch(wish: Wish, words: Words) -> int:
    """Run until told to stop, or with ``once`` until the main job has been played; return the exit code."""
    started = monotonic()
    outside = Outside.of_environment()
    if wrong := problems(wish.data, wish.ports, outside):
        words.wrong("The demo cannot start yet:", wrong)
        return NOT_READY
    with _alone_on(wish.data):
        body = asyncio.create_task(_live(wish, outside, words, started))
        _stop_on_signals(body)
        try:
            return await body
        except asyncio.CancelledError:
            words.line("Stopped. The data is kept; 'make reset' forgets it.")
            return OK if not wish.once else FAILED
        except (DidNotStart, NatsError, PyMongoError, OSError) as error:
            words.wrong("The demo did not start:", [str(error) or repr(error)])
            return FAILED


async def _live(wish: Wish, outside: Outside, words: Words, started: float) -> int:
    words.line("Starting ...")
    async with running_house(wish.data, wish.ports, outside, split=wish.split, tls=wish.tls) as house:
        _go_on_unless_stopped()
        welcome(words, house, seconds=monotonic() - started)
        watch = asyncio.create_task(_first_to_die(house))
        story = asyncio.create_task(play(house, words, leaves_work=not wish.once)) if wish.plays else None
        try:
            await asyncio.wait([watch, *([story] if story else [])], return_when=asyncio.FIRST_COMPLETED)
            if story and story.done() and not watch.done():
                well = story.result()
                words.line(f"{memory(house)}.")
                if wish.once:
                    return OK if well else FAILED
                words.line("It stays up. Ctrl-C stops it.")
            name = await watch
        finally:
            await stopped(watch, *([story] if story else []))
        words.wrong(f"{name} ended by itself:", [house.processes[name].tail()])
        return FAILED


def _go_on_unless_stopped() -> None:
    """Stop now if a signal came while something started that lost it (see shared.tasks)."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


async def _first_to_die(house: House) -> str:
    while True:
        for name, process in house.processes.items():
            if process.code is not None:
                return name
        await asyncio.sleep(0.5)


def _stop_on_signals(body: asyncio.Task[int]) -> None:
    """The first signal stops in order; a second one ends at once, and the kernel takes the children along."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if body.cancelling():
            os._exit(130)
        body.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


@contextmanager
def _alone_on(data: Path) -> Iterator[None]:
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InUse(f"another demo runs on {data}: stop it first, or use DATA=/another/folder") from error
        yield
