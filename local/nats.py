"""One nats-server of this machine, with JetStream that writes to disk before it acknowledges.

``sync_interval: always`` because by default an acknowledged message may wait two minutes for its fsync, and a
crash of the machine then loses it (Jepsen, NATS 2.12.1).
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from local.binaries import NATS_SERVER
from local.certificates import Certificates
from local.free_ports import free_port
from local.nats_configuration import NatsUser, configuration
from local.process import DidNotStart, Process, ready
from shared.bus.partners.accounts import CORE

PARTNERS = "partners.conf"
PID = "nats-server.pid"


class NatsServer:
    """A running nats-server; ``url`` stays the same through ``restart``. Without users anybody may do anything.

    With users, partners are let in whose accounts are in the file ``partners``. With ``websocket_port`` it listens for
    WebSocket too; with ``certificates`` it takes nothing but TLS, on both. With ``monitor_port`` it tells how it is.
    """

    def __init__(
        self,
        directory: Path,
        port: int,
        *,
        users: Mapping[NatsUser, str] | None = None,
        websocket_port: int | None = None,
        monitor_port: int | None = None,
        certificates: Certificates | None = None,
    ) -> None:
        self.port = port
        self.monitor_port = monitor_port
        self.websocket_port = websocket_port
        self.partners = directory / PARTNERS
        self.pid_file = directory / PID
        self._directory = directory
        self._users = dict(users or {})
        self._certificates = certificates
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"{'tls' if self._certificates else 'nats'}://127.0.0.1:{self.port}"

    @property
    def websocket_url(self) -> str | None:
        scheme = "wss" if self._certificates else "ws"
        return f"{scheme}://127.0.0.1:{self.websocket_port}" if self.websocket_port else None

    @property
    def process(self) -> Process:
        """The present run; raises ``DidNotStart`` before the first one."""
        if self._process is None:
            raise DidNotStart("nats-server was not started")
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    async def start(self) -> None:
        """Start and wait until it takes connections and JetStream is on."""
        file = self._directory / "nats-server.conf"
        file.touch(mode=0o600)
        self.partners.touch(mode=0o600)
        text = configuration(
            self._directory / "data",
            self.port,
            self._users,
            partners=self.partners,
            pid_file=self.pid_file,
            monitor_port=self.monitor_port,
            websocket_port=self.websocket_port,
            certificates=self._certificates,
        )
        file.write_text(text)
        if self._users:
            _into_our_account(self._directory / "data" / "jetstream")
        self._process = Process([NATS_SERVER.find(), "--config", file], log=self._directory / "nats-server.log")
        await ready(self._process, self._answers, name="nats-server", patience=20)

    async def stop(self) -> None:
        if self._process is not None:
            await self._process.stop()

    async def kill(self) -> None:
        """End it as a crash would; what JetStream acknowledged is on disk."""
        await self.process.kill()

    def reload(self) -> None:
        """Let it read its configuration again (SIGHUP), while everybody stays connected who still may."""
        self.process.signal(signal.SIGHUP)

    async def restart(self) -> None:
        """Start again on the same data and port after ``stop`` or ``kill``."""
        await self.start()

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            greeting = await asyncio.wait_for(reader.readline(), timeout=2)
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
        return greeting.startswith(b"INFO ") and bool(json.loads(greeting[5:]).get("jetstream"))


def _into_our_account(data: Path) -> None:
    """Take along the streams of a time when there was one account for everybody, which nats-server calls ``$G``."""
    before, now = data / "$G", data / CORE
    if before.exists() and not now.exists():
        before.rename(now)


@asynccontextmanager
async def running_nats(
    directory: Path,
    *,
    port: int | None = None,
    users: Mapping[NatsUser, str] | None = None,
    websocket_port: int | None = None,
    monitor_port: int | None = None,
    certificates: Certificates | None = None,
) -> AsyncIterator[NatsServer]:
    """Run nats-server on data in ``directory`` (made if missing) while inside; a free port unless given one.

    ``users`` maps each user to its password; without it there is no sign-in.
    """
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    server = NatsServer(
        directory,
        port or free_port(),
        users=users,
        websocket_port=websocket_port,
        monitor_port=monitor_port,
        certificates=certificates,
    )
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
