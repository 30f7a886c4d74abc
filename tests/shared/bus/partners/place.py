"""A real nats-server with accounts, TLS and WebSocket, and the command that lets partners in."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from local.certificates import Certificates, certificates_in
from local.free_ports import free_port
from local.nats import NatsServer, running_nats
from local.nats_users import OPERATOR, PROVISION, users
from shared.bus.connect import inbox_prefix
from shared.bus.partners.__main__ import main
from shared.bus.partners.accounts import DOMAIN
from shared.bus.partners.partner import durable_of
from shared.bus.topology import EVENTS, PUBLIC, provision

SEED = re.compile(r"^SU[A-Z2-7]{56}$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def seed(self) -> str:
        (found,) = SEED.findall(self.out)
        return str(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The server, its files, and the operator's connection to it."""

    folder: Path
    server: NatsServer
    certificates: Certificates
    operator: Client
    connections: list[Client] = field(default_factory=list)

    @property
    def js(self) -> JetStreamContext:
        return self.operator.jetstream()

    @property
    def trusted(self) -> ssl.SSLContext:
        return trusted(self.certificates)

    async def as_user(self, user: str, *, noted: list[str] | None = None) -> Client:
        """Connect as one of our own users."""
        connection = await _signed_in(self.server, self.certificates, user, noted=noted)
        self.connections.append(connection)
        return connection

    @property
    def environment(self) -> dict[str, str]:
        return {
            "NATS_URL": self.server.url,
            "NATS_USER": OPERATOR,
            "NATS_PASSWORD": password_of(OPERATOR),
            "NATS_CA": str(self.certificates.authority),
            "NATS_PID_FILE": str(self.server.pid_file),
            "PARTNERS_FILE": str(self.folder / "partners.json"),
            "PARTNERS_ACCOUNTS": str(self.server.partners),
            "PARTNERS_WEBSOCKET_URL": self.server.websocket_url or "",
            "PARTNERS_CA": str(self.certificates.authority),
        }

    async def partners(self, *arguments: str, **environment: str) -> Done:
        """Run the command on a thread of this process, with a loop of its own."""
        return await asyncio.to_thread(_run, arguments, self.environment | environment)

    async def ok(self, *arguments: str) -> Done:
        done = await self.partners(*arguments)
        assert (done.code, done.err) == (0, ""), done
        return done

    async def add(self, name: str, *more: str) -> str:
        """Let a partner in; returns its seed."""
        return (
            await self.ok("add", name, "--organisation", name.title(), "--contact", f"{name}@x.example", *more)
        ).seed

    async def say(self, happened: str, body: str) -> None:
        await self.js.publish(f"practices.{happened}", body.encode(), stream=EVENTS)

    async def sign_in(self, seed: str, *, noted: list[str] | None = None, reconnects: bool = False) -> Client:
        """Connect as a partner; what the server refuses, and that the connection is gone, is added to ``noted``."""
        notes: list[str] = [] if noted is None else noted

        async def note(error: Exception) -> None:
            notes.append(str(error))

        async def gone() -> None:
            notes.append("gone")

        connection = await nats.connect(
            self.server.url,
            nkeys_seed_str=seed,
            tls=self.trusted,
            error_cb=note,
            disconnected_cb=gone,
            allow_reconnect=reconnects,
            reconnect_time_wait=0.05,
        )
        self.connections.append(connection)
        return connection


def _run(arguments: tuple[str, ...], environment: dict[str, str]) -> Done:
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code=code, out=out.getvalue(), err=err.getvalue())


def trusted(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificates.authority)


async def taken(connection: Client, name: str, most: int = 10, patience: float = 0.5) -> list[Msg]:
    """Fetch what waits for a partner, without acknowledging it."""
    events = await connection.jetstream(domain=DOMAIN).pull_subscribe_bind(durable_of(name), stream=PUBLIC)
    found: list[Msg] = []
    with contextlib.suppress(TimeoutError):
        while len(found) < most:
            found += await events.fetch(most - len(found), timeout=patience)
    await events.unsubscribe()
    return found


async def heard(connection: Client, name: str, most: int = 10) -> list[str]:
    """Fetch and acknowledge what waits for a partner; returns the bodies."""
    messages = await taken(connection, name, most)
    for message in messages:
        await message.ack_sync()
    return [message.data.decode() for message in messages]


@asynccontextmanager
async def a_place(folder: Path) -> AsyncIterator[Place]:
    """Run the server with our users, provisioned and without a partner."""
    certificates = certificates_in(folder / "tls")
    passwords = {user: password_of(user.name) for user in users()}
    async with running_nats(
        folder / "nats", users=passwords, websocket_port=free_port(), certificates=certificates
    ) as server:
        connections: list[Client] = []
        provisioning = await _signed_in(server, certificates, PROVISION)
        await provision(provisioning.jetstream())
        await provisioning.close()
        operator = await _signed_in(server, certificates, OPERATOR, reconnects=True)
        connections.append(operator)
        yield Place(folder=folder, server=server, certificates=certificates, operator=operator, connections=connections)
        for connection in connections:
            await connection.close()


async def _signed_in(
    server: NatsServer,
    certificates: Certificates,
    user: str,
    *,
    noted: list[str] | None = None,
    reconnects: bool = False,
) -> Client:
    notes: list[str] = [] if noted is None else noted

    async def note(error: Exception) -> None:
        notes.append(str(error))

    return await nats.connect(
        server.url,
        user=user,
        password=password_of(user),
        tls=trusted(certificates),
        inbox_prefix=inbox_prefix(user).encode(),
        error_cb=note,
        allow_reconnect=reconnects,
        reconnect_time_wait=0.05,
    )


def password_of(user: str) -> str:
    return f"password-of-{user}"
