"""What has to be there before anything starts, and in plain words how to mend what is not."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from local import mongod
from local.addresses import Outside, Ports
from local.binaries import MONGOD, NATS_SERVER, ProgramMissing
from local.reach import outside_problems

OLDEST_PYTHON = (3, 11)
NEEDED_BYTES = 1024**3  # mongod alone lays out 300 MB of journal


def problems(data: Path, ports: Ports, outside: Outside) -> tuple[str, ...]:
    """Return what is wrong, each with its remedy; empty when everything can start."""
    checks: list[Callable[[], Iterator[str]]] = [
        python_problems,
        lambda: data_problems(data),
        lambda: port_problems(ports, outside.ours()),
        lambda: outside_problems(outside),
    ]
    if outside.mongodb_url is None:
        checks.append(lambda: mongod_problems(data))
    if outside.nats_url is None:
        checks.append(nats_problems)
    return tuple(problem for check in checks for problem in check())


def python_problems(version: tuple[int, ...] = sys.version_info[:2]) -> Iterator[str]:
    if version < OLDEST_PYTHON:
        found = ".".join(map(str, version))
        yield f"Python {found} is too old: 3.11 or newer is needed. PYTHON=/path/to/python3.11 make demo chooses one."
    if sys.prefix == sys.base_prefix:
        yield "This is not the project's environment. 'make demo' makes it and uses it: .venv/bin/python -m local demo."


def data_problems(data: Path, needed: int = NEEDED_BYTES) -> Iterator[str]:
    """The folder for the data can be made and written, and the disk has room."""
    if data.exists() and not data.is_dir():
        yield f"{data} is a file. Choose a folder: make demo DATA=/some/folder."
        return
    try:
        data.mkdir(parents=True, exist_ok=True)
        trial = data / ".trial"
        trial.write_bytes(b"")
        trial.unlink()
    except OSError as error:
        yield (
            f"{data} cannot be written ({error.strerror}). Make it yours (sudo chown -R $USER {data}),"
            " or choose another folder: make demo DATA=/some/folder."
        )
        return
    free = shutil.disk_usage(data).free
    if free < needed and not (data / "mongod").exists():
        yield (
            f"The disk of {data} has {free // 2**20} MB left and {needed // 2**20} MB are needed."
            " Free some, or choose another folder: make demo DATA=/some/folder."
        )


def port_problems(ports: Ports, names: tuple[str, ...]) -> Iterator[str]:
    """Every port that we are going to listen on is free; those that are not are told together."""
    taken = [f"{ports.of(name)} ({name})" for name in names if not _is_free(ports.of(name))]
    if taken:
        several = len(taken) > 1
        yield (
            f"Port{'s' * several} {', '.join(taken)} {'are' if several else 'is'} in use. Stop what listens there"
            " (perhaps another demo), or move all ports: python -m local demo --first-port 9100."
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":  # a port whose last connections are still closing is free to listen on
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def mongod_problems(data: Path) -> Iterator[str]:
    """Mongod is there and starts; what it misses most often is libcurl."""
    try:
        program = MONGOD.find()
        variables = mongod.environment(data / "mongod")
        answer = subprocess.run([program, "--version"], env=variables, capture_output=True, check=False, timeout=30)
    except (ProgramMissing, OSError, subprocess.TimeoutExpired) as error:
        yield f"mongod: {error}. Or set MONGODB_URL to a replica set that runs already."
        return
    if answer.returncode == 0:
        return
    said = (answer.stderr or answer.stdout).decode(errors="replace").strip().splitlines()
    reason = said[0] if said else f"it ends with code {answer.returncode}"
    if "libcurl" in reason:
        yield (
            f"mongod does not start: {reason}. Install libcurl (Debian, Ubuntu: sudo apt-get install libcurl4;"
            " Fedora: sudo dnf install libcurl), or: .venv/bin/pip install pycurl, which carries one."
        )
    else:
        yield f"mongod does not start: {reason}. Set MONGODB_URL to a replica set that runs already (MongoDB 6 to 8)."


def nats_problems() -> Iterator[str]:
    try:
        answer = subprocess.run([NATS_SERVER.find(), "--version"], capture_output=True, check=False, timeout=30)
    except (ProgramMissing, OSError, subprocess.TimeoutExpired) as error:
        yield f"nats-server: {error}. Or set NATS_URL to one with JetStream that runs already."
        return
    if answer.returncode:
        yield "nats-server does not start on this machine. Set NATS_URL to one with JetStream that runs already."
