"""What a partner's developer runs: the examples, and the snippet as it is printed, against a server with TLS.

The JavaScript clients come over WebSocket. Where node, npm or a registry cannot be had, those are skipped and say so;
so are the program in Go without Debian's ``golang-go`` and ``golang-github-nats-io-go-nats-dev``, and the ``nats``
command.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.bus.partners.snippets import LANGUAGES
from shared.events.registry import PUBLIC
from shared.events.schemas import sample
from shared.ids import new_id
from tests.npm import installed
from tests.shared.bus.partners.place import Place
from tests.waiting import eventually

EXAMPLES = Path(__file__).parents[4] / "examples"
PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def node(request: pytest.FixtureRequest) -> Path:
    return installed(request, EXAMPLES, for_="the client for JavaScript was not tried")


@contextlib.asynccontextmanager
async def _running(command: list[str], cwd: Path, environment: dict[str, str]) -> AsyncIterator[asyncio.StreamReader]:
    """Run a program and yield what it prints; it is killed at the end, as at any moment."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, env=os.environ | environment, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        await process.wait()


async def _line(printed: asyncio.StreamReader) -> str:
    return (await asyncio.wait_for(printed.readline(), PATIENCE_SECONDS)).decode().strip()


async def _say(place: Place, number: int) -> str:
    """Say a public event; returns its id."""
    event = PUBLIC[number % len(PUBLIC)]
    body = sample(event) | {"id": new_id()}
    await place.say(event.subject.partition(".")[2], json.dumps(body))
    return str(body["id"])


async def _environment(place: Place, folder: Path) -> dict[str, str]:
    seed = folder / "acme.nk"
    seed.touch(mode=0o600)
    seed.write_text(await place.add("acme", "--ack-wait", "1") + "\n")
    authority = str(place.certificates.authority)
    return {
        "NATS_URL": place.server.url,
        "NATS_WS_URL": place.server.websocket_url or "",
        "NATS_SEED_FILE": str(seed),
        "NATS_DURABLE": "ext-acme",
        "NATS_CA": authority,
        "NODE_EXTRA_CA_CERTS": authority,
    }


async def _keeps_every_event_once(place: Place, command: list[str], cwd: Path, folder: Path) -> None:
    """Started, killed, away, started again, the server restarted: every event is in the file once, in order."""
    environment, file = await _environment(place, folder), folder / "events.ndjson"
    command = [*command, str(file)]
    said = [await _say(place, number) for number in range(7)]

    def kept() -> list[str]:
        whole = file.read_text().rpartition("\n")[0] if file.exists() else ""
        return [json.loads(line)["id"] for line in whole.splitlines()]

    async with _running(command, cwd, environment) as printed:
        assert (await _line(printed)).startswith("eu.practice-exchange.practice.published.v1 ")
        await eventually(lambda: kept() == said, PATIENCE_SECONDS)
    file.write_text(file.read_text() + '{"id": "half a li')
    said += [await _say(place, number) for number in range(5)]
    async with _running(command, cwd, environment):
        await eventually(lambda: kept() == said, PATIENCE_SECONDS)
        await place.server.kill()
        await place.server.restart()
        await eventually(lambda: place.operator.is_connected, PATIENCE_SECONDS)
        said.append(await _say(place, 0))
        await eventually(lambda: kept() == said, PATIENCE_SECONDS)

        async def acknowledged() -> bool:
            info = await place.js.consumer_info("PUBLIC", "ext-acme")
            return not info.num_ack_pending and not info.num_pending

        await eventually(acknowledged, PATIENCE_SECONDS)
    assert kept() == said


async def test_the_example_in_python(place: Place, tmp_path: Path) -> None:
    program = str(EXAMPLES / "nats_partner.py")
    await _keeps_every_event_once(place, [sys.executable, program], tmp_path, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_example_in_javascript_over_websocket(place: Place, node: Path, tmp_path: Path) -> None:
    await _keeps_every_event_once(place, ["node", "nats_partner.mjs"], node, tmp_path)


async def _types_what_is_printed(place: Place, language: str, folder: Path) -> None:
    """Type it into a shell whose package managers do nothing, because what they would bring is there."""
    (folder / "acme.nk").write_text(await place.add("acme") + "\n")
    snippet = (await place.ok("snippet", "acme", "--in", language)).out
    assert "SU" not in snippet.replace("SUBJECT", ""), "no seed"
    programs = folder / "programs"
    programs.mkdir()
    for name in ("pip", "npm"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    (programs / "python").symlink_to(sys.executable)
    said = await _say(place, 0)
    path = f"{programs}:{os.environ['PATH']}"
    async with _running(["bash", "-euc", snippet], folder, {"PATH": path, "PYTHONPATH": ":".join(sys.path)}) as printed:
        assert (await _line(printed)).split() == [PUBLIC[0].type, sample(PUBLIC[0])["subject"], said]
        again = await _say(place, 1)
        assert (await _line(printed)).split()[-1] == again


async def test_the_snippet_in_python_as_it_is_printed(place: Place, tmp_path: Path) -> None:
    await _types_what_is_printed(place, "python", tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_snippet_in_javascript_as_it_is_printed(place: Place, node: Path, tmp_path: Path) -> None:
    shutil.copytree(node / "node_modules", tmp_path / "node_modules")
    await _types_what_is_printed(place, "javascript", tmp_path)


GO_SOURCES = Path("/usr/share/gocode")


def _go() -> dict[str, str]:
    """Return the environment in which the packages of Debian are found; skips where they are not there."""
    missing = [one for one in ("go", "gofmt") if shutil.which(one) is None]
    if missing or not (GO_SOURCES / "src/github.com/nats-io/nats.go").is_dir():
        pytest.skip("the program in Go was not tried (Debian: apt install golang-go golang-github-nats-io-go-nats-dev)")
    return {"GO111MODULE": "off", "GOPATH": str(GO_SOURCES), "GOFLAGS": ""}


async def _typed(place: Place, language: str, folder: Path, environment: dict[str, str]) -> list[str]:
    """Have the program of a snippet in a file, as its command saves it; return how it is run."""
    (folder / "acme.nk").write_text(await place.add("acme") + "\n")
    snippet = (await place.ok("snippet", "acme", "--in", language)).out
    lines = snippet.replace(LANGUAGES[language].needs, "true").splitlines()
    run = lines.pop()
    save = await asyncio.create_subprocess_exec(
        "bash", "-euc", "\n".join(lines), cwd=folder, env=os.environ | environment
    )
    assert await save.wait() == 0
    exports = "\n".join(line for line in lines if line.startswith("export "))
    return ["bash", "-euc", f"{exports}\n{run}"]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_snippet_in_go_is_formatted_sound_and_hears_what_is_said(place: Place, tmp_path: Path) -> None:
    environment = _go() | {"GOCACHE": str(tmp_path / "cache")}
    command = await _typed(place, "go", tmp_path, environment)
    for check in (["gofmt", "-l", "partner.go"], ["go", "vet", "partner.go"]):
        checking = await asyncio.create_subprocess_exec(
            *check,
            cwd=tmp_path,
            env=os.environ | environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await checking.communicate()
        assert (checking.returncode, told.decode()) == (0, "")
    said = await _say(place, 0)
    async with _running(command, tmp_path, environment) as printed:
        first = (await asyncio.wait_for(printed.readline(), 200)).decode()  # it is compiled first
        assert first.split() == [PUBLIC[0].type, sample(PUBLIC[0])["subject"], said]
        again = await _say(place, 1)
        assert (await _line(printed)).split()[-1] == again


async def test_the_commands_of_nats_as_they_are_printed(place: Place, tmp_path: Path) -> None:
    if shutil.which("nats") is None:
        pytest.skip("the nats command was not tried: it is not here (it comes from github.com/nats-io/natscli alone)")
    (tmp_path / "acme.nk").write_text(await place.add("acme") + "\n")
    snippet = (await place.ok("snippet", "acme", "--in", "cli")).out
    said = await _say(place, 0)
    typed = await asyncio.create_subprocess_exec(
        "bash", "-euc", snippet, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await asyncio.wait_for(typed.communicate(), PATIENCE_SECONDS)
    assert said in told.decode()


async def test_the_other_snippets_name_the_partner_and_its_place(place: Place) -> None:
    await place.add("acme")
    for language, words in {
        "go": 'js.PullSubscribe("", "ext-acme", nats.Bind("PUBLIC", "ext-acme"))',
        "cli": "--js-domain",
    }.items():
        told = (await place.ok("snippet", "acme", "--in", language)).out
        assert words in told
        assert place.server.url in told
        assert str(place.certificates.authority) in told
