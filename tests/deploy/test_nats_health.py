"""The health check of nats-server ends one whose JetStream is off, and no other."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"
WGET = """#!/bin/sh
for address; do :; done
case "$address" in {fails}) exit 1;; esac
"""


@pytest.mark.parametrize(
    ("fails", "ended", "code"),
    [
        ("*nothing*", False, 0),
        ("*", False, 1),  # it has not begun to listen, or is gone
        ("*/healthz", False, 1),  # busy with catching up
        ("*/healthz*", True, 1),
    ],
)
def test_only_a_server_whose_jetstream_is_off_is_ended(tmp_path: Path, fails: str, ended: bool, code: int) -> None:
    kind, script = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]["nats"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    wget = tmp_path / "wget"
    wget.write_text(WGET.format(fails=fails))
    wget.chmod(0o755)
    plain = script.replace("$$", "$").replace("kill -TERM 1", "echo ended")
    done = subprocess.run(
        ["sh", "-c", plain],
        env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip() == "ended", done.returncode) == (ended, code)
