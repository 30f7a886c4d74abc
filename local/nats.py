"""One nats-server of this machine, with JetStream that writes to disk before it acknowledges.

``sync_interval: always`` because by default an acknowledged message may wait two minutes for its fsync, and a
crash of the machine then loses it (Jepsen, NATS 2.12.1).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from local.binaries import NATS_SERVER
from local.process import DidNotStart, Process, free_port, ready

MAX_PAYLOAD = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsUser:
    """Who may connect, and the only subjects that this user may publish to and subscribe to."""

    name: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


class NatsServer:
    """A running nats-server; ``url`` stays the same through ``restart``. Without users anybody may do anything."""

    def __init__(self, directory: Path, port: int, *, users: Mapping[NatsUser, str] | None = None) -> None:
        self.port = port
        self._directory = directory
        self._users = dict(users or {})
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

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
        file.write_text(configuration(self._directory / "data", self.port, self._users))
        self._process = Process([NATS_SERVER.find(), "--config", file], log=self._directory / "nats-server.log")
        await ready(self._process, self._answers, name="nats-server", patience=20)

    async def stop(self) -> None:
        if self._process is not None:
            await self._process.stop()

    async def kill(self) -> None:
        """End it as a crash would; what JetStream acknowledged is on disk."""
        await self.process.kill()

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


@asynccontextmanager
async def running_nats(
    directory: Path, *, port: int | None = None, users: Mapping[NatsUser, str] | None = None
) -> AsyncIterator[NatsServer]:
    """Run nats-server on data in ``directory`` (made if missing) while inside; a free port unless given one.

    ``users`` maps each user to its password; without it there is no sign-in.
    """
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    server = NatsServer(directory, port or free_port(), users=users)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


def configuration(store: Path, port: int, users: Mapping[NatsUser, str]) -> str:
    """Return nats-server's configuration file.

    Every user states both lists: a user without a ``subscribe`` list may listen to everything.
    """
    lines = [
        f"listen: 127.0.0.1:{port}",
        "server_name: practice-exchange",
        f"max_payload: {MAX_PAYLOAD}",
        f"jetstream {{ store_dir: {json.dumps(str(store))}, sync_interval: always }}",
    ]
    if users:
        lines += ["authorization { users: ["]
        lines += [_entry(user, password) for user, password in users.items()]
        lines += ["] }"]
    return "\n".join(lines) + "\n"


def _entry(user: NatsUser, password: str) -> str:
    # nats-server's format takes JSON.
    return json.dumps(
        {
            "user": user.name,
            "password": password,
            "permissions": {
                "publish": _only(user.publish),
                "subscribe": _only(user.subscribe),
            },
        }
    )


def _only(subjects: tuple[str, ...]) -> dict[str, list[str]]:
    # An empty allow list would allow everything.
    return {"allow": list(subjects)} if subjects else {"deny": [">"]}
