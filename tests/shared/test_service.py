"""What a program does whose servers are not there: one line, exit code 1, no secret."""

import asyncio
import os
import sys

import pytest

from local.free_ports import free_port


async def _start(service: str, **environment: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"services.{service}",
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    return process.returncode, told.decode()


async def test_a_database_that_does_not_answer_is_told_in_a_line() -> None:
    url = f"mongodb://somebody:hunter2@127.0.0.1:{free_port()}/?serverSelectionTimeoutMS=500"
    code, told = await _start("review", MONGODB_URL=url)
    assert (code, told.count("\n")) == (1, 1), told
    assert told.startswith("cannot start: 127.0.0.1:")
    assert "hunter2" not in told


@pytest.mark.parametrize("service", ["search", "submissions", "web"])
async def test_a_setting_that_is_wrong_is_told_in_a_line(service: str) -> None:
    code, told = await _start(service, PORT="ninety", WEB_SECRET="x" * 32)
    assert (code, told.count("\n")) == (2, 1), told
    assert told.startswith("settings: PORT: ")
