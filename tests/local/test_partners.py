"""The command that the demo prints for letting another system in, typed as it is printed, over TLS."""

from __future__ import annotations

import asyncio
import shlex
import sys
from pathlib import Path

import httpx
import pytest

from local.addresses import Ports
from local.certificates import certificates_in
from local.launcher import NOT_READY
from tests.blocks import free_block
from tests.servers import scratch


async def _typed(*command: str) -> tuple[int, str]:
    run = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await run.communicate()
    return run.returncode or 0, out.decode()


@pytest.mark.slow
async def test_the_command_that_is_printed_lets_a_partner_in() -> None:
    with scratch() as folder:
        ports = free_block()
        up = ["-m", "local", "up", "--tls", "--data", str(folder / "data"), "--first-port", str(ports.first)]
        run = await asyncio.create_subprocess_exec(sys.executable, *up, stdout=asyncio.subprocess.PIPE)
        assert run.stdout is not None
        try:
            said = (await asyncio.wait_for(run.stdout.readuntil(b"Demo accounts"), timeout=100)).decode()
            (printed,) = [line.strip() for line in said.splitlines() if "local partners" in line]
            python, *rest = shlex.split(printed)
            assert python == ".venv/bin/python"
            code, told = await _typed(sys.executable, *rest)
            assert (code, "signed in, 0 events wait" in told) == (0, True), told
            for shown in (f"tls://127.0.0.1:{ports.of('nats-server')}", "NATS_CA=", "ext-acme"):
                assert shown in told
            code, told = await _typed(sys.executable, *rest[:5], "snippet", "acme", "--in", "javascript")
            assert f"wss://127.0.0.1:{ports.of('nats-websocket')}" in told
            await _a_token_calls_the_apis(ports)
        finally:
            run.terminate()
            await asyncio.wait_for(run.communicate(), timeout=40)


async def _a_token_calls_the_apis(ports: Ports) -> None:
    token = [sys.executable, "-m", "local", "token", "--first-port", str(ports.first)]
    run = await asyncio.create_subprocess_exec(*token, "graca.velosa", stdout=asyncio.subprocess.PIPE)
    out, _ = await run.communicate()
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {out.decode().strip()}"}) as client:
        answer = await client.get(f"{ports.url('syndication')}/webhooks")
        pages = await client.get(f"{ports.url('syndication')}/docs/events")
    assert (run.returncode, answer.status_code) == (0, httpx.codes.OK), answer.text
    assert f"NATS_URL=tls://127.0.0.1:{ports.of('nats-server')} " in pages.text
    code, told = await _typed(*token, "nobody")
    assert (code, told.startswith("there is no demo account 'nobody'; there are graca.velosa, ")) == (2, True)


async def test_without_a_demo_there_is_no_token() -> None:
    ports = free_block()
    code, told = await _typed(sys.executable, "-m", "local", "token", "--first-port", str(ports.first), "graca.velosa")
    assert code == NOT_READY
    assert f"no sign-in answers at {ports.url('sign-in')}" in told


async def test_without_a_demo_it_says_so(tmp_path: Path) -> None:
    code, told = await _typed(sys.executable, "-m", "local", "partners", "--data", str(tmp_path), "list")
    assert code == NOT_READY
    assert "no demo has run on" in told


def test_certificates_are_made_once_and_their_key_is_for_the_owner_only(tmp_path: Path) -> None:
    made = certificates_in(tmp_path)
    before = made.certificate.read_bytes()
    assert certificates_in(tmp_path) == made
    assert made.certificate.read_bytes() == before
    assert made.key.stat().st_mode & 0o077 == 0
    made.authority.unlink()
    assert certificates_in(tmp_path).certificate.read_bytes() != before
