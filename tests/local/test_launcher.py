"""One command runs all of it: it plays the main job, keeps its data, starts again on it and stops cleanly."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from local import launcher
from local.addresses import Outside, Ports
from local.launcher import FAILED, NOT_READY, OK, InUse, _alone_on, reset
from local.nats import NatsServer
from local.play.samples import Story, samples
from local.words import Words
from tests.blocks import free_block
from tests.servers import scratch
from tests.waiting import eventually

SUBMITTED = [one for one in samples() if one.story is not Story.DRAFT]
PUBLISHED = [one for one in SUBMITTED if one.story is not Story.REJECT]


@pytest.fixture
def data() -> Iterator[Path]:
    with scratch() as folder:
        yield folder / "data"


@pytest.fixture
def ports() -> Ports:
    return free_block()


async def demo(
    data: Path, ports: Ports, *more: str, environment: Mapping[str, str] | None = None
) -> tuple[int | None, str]:
    command = [sys.executable, "-m", "local", "demo", "--data", str(data), "--first-port", str(ports.first), *more]
    run = await asyncio.create_subprocess_exec(
        *command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
    )
    said, _ = await run.communicate()
    return run.returncode, said.decode()


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_demo_plays_and_can_be_repeated_on_its_data(data: Path, ports: Ports) -> None:
    code, said = await demo(data, ports, "--once")
    assert code == OK, said
    assert f"{len(PUBLISHED)} published" in said
    assert f"search finds {len(PUBLISHED)} of {len(PUBLISHED)}" in said
    assert f"the subscriber heard of {len(PUBLISHED)} of {len(PUBLISHED)}" in said
    letters = len(list((data / "mail").glob("*.eml")))
    assert letters >= len(SUBMITTED) * 2
    assert not dead_letters(data)

    code, said = await demo(data, ports, "--once")
    assert code == OK, said
    assert f"{len(PUBLISHED)} published" in said
    assert "This was played already" in said
    assert "Members write" not in said
    assert "0 of 0" not in said
    assert len(list((data / "mail").glob("*.eml"))) == letters


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_demo_plays_in_processes_of_their_own_on_servers_of_others(
    data: Path, ports: Ports, mongodb_url: str, nats_server: NatsServer
) -> None:
    servers = {"MONGODB_URL": mongodb_url, "NATS_URL": nats_server.url}
    code, said = await demo(data, ports, "--once", "--split", environment=servers)
    assert code == OK, said
    assert f"{len(PUBLISHED)} published" in said
    assert not (data / "mongod").exists()
    assert not (data / "nats").exists()


def dead_letters(data: Path) -> list[str]:
    lines = (data / "logs" / "services.log").read_text().splitlines()
    return [line for line in lines if json.loads(line)["event"] == "event is a dead letter"]


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_demo_that_stays_up_leaves_work_for_each_role(data: Path, ports: Ports) -> None:
    command = [sys.executable, "-m", "local", "demo", "--data", str(data), "--first-port", str(ports.first)]
    run = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.stdout is not None
    said = await asyncio.wait_for(run.stdout.readuntil(b"It stays up."), timeout=300)
    assert "2 second versions wait for a reviewer, one for a coordinator's decision" in said.decode()
    assert b"All of it went well" in said
    run.send_signal(signal.SIGINT)
    await asyncio.wait_for(run.stdout.read(), timeout=40)
    assert await run.wait() == OK


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_everything(data: Path, ports: Ports, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "local", "up", "--data", str(data), "--first-port", str(ports.first)]
    run = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.stdout is not None
    said = await asyncio.wait_for(run.stdout.readuntil(b"Demo accounts"), timeout=60)
    assert b"Ready after" in said
    children = psutil.Process(run.pid).children(recursive=True)
    assert {child.name() for child in children} == {"mongod", "nats-server"}
    run.send_signal(number)
    rest = await asyncio.wait_for(run.stdout.read(), timeout=40)
    assert await run.wait() == OK
    assert b"Stopped. The data is kept" in rest
    assert not any(child.is_running() for child in children)


async def test_a_signal_that_is_lost_while_something_starts_stops_it_all_the_same(
    data: Path, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting = asyncio.Event()

    @asynccontextmanager
    async def house(*_: object, **__: object) -> AsyncIterator[None]:
        starting.set()
        with suppress(asyncio.CancelledError):  # as asyncio.wait_for of Python 3.11 may
            await asyncio.sleep(60)
        yield

    monkeypatch.setattr(launcher, "running_house", house)
    said = io.StringIO()
    wish = launcher.Wish(data=data, ports=ports)
    body = asyncio.create_task(launcher._live(wish, Outside(), Words(Console(file=said)), 0.0))
    await starting.wait()
    body.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(body, timeout=5)
    assert "Addresses" not in said.getvalue()


async def test_a_lost_server_ends_the_demo_with_its_last_words(data: Path, ports: Ports) -> None:
    command = [sys.executable, "-m", "local", "up", "--data", str(data), "--first-port", str(ports.first)]
    run = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.stdout is not None
    await asyncio.wait_for(run.stdout.readuntil(b"Demo accounts"), timeout=60)
    next(child for child in psutil.Process(run.pid).children() if child.name() == "nats-server").kill()
    said = await asyncio.wait_for(run.stdout.read(), timeout=60)
    assert await run.wait() == FAILED
    assert b"nats-server ended by itself" in said


async def test_what_is_missing_keeps_it_from_starting(data: Path, ports: Ports) -> None:
    with socket.create_server(("127.0.0.1", ports.of("review"))):
        code, said = await demo(data, ports, "--once")
    assert code == NOT_READY
    assert f"Port {ports.of('review')} (review) is in use" in said


def test_reset_takes_only_what_is_ours(data: Path) -> None:
    (data / "mongod").mkdir(parents=True)
    (data / "nats-passwords.json").write_text("{}")
    (data / "notes.txt").write_text("somebody's own")
    assert reset(data, Words()) == OK
    assert [path.name for path in data.iterdir()] == ["notes.txt"]
    assert reset(data / "nothing", Words()) == OK
    assert not (data / "nothing").exists()


def test_two_demos_do_not_share_data(data: Path) -> None:
    with _alone_on(data), pytest.raises(InUse):
        reset(data, Words())


async def test_eventually_is_bounded() -> None:
    with pytest.raises(AssertionError, match="still False after"):
        await eventually(lambda: False, timeout=0.05)
