"""The whole system on real servers, each service a process of its own, for what can only be seen from outside."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import nats
import uvicorn
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.free_ports import free_port
from local.mongod import Mongod
from local.nats import NatsServer
from local.process import Process, ready
from shared.bus.connect import servers_in
from shared.bus.keeper import keeping
from shared.bus.topology import provision
from shared.settings import Settings
from shared.telemetry.logs import configure
from tests.clusters import MEMBERS, NatsCluster, ReplicaSet
from tests.tokens import Issuer

SERVICES = ("submissions", "review", "search", "notifications", "syndication")
PATIENCE_SECONDS = 60.0
LONGEST_RUN_SECONDS = 4 * 3600  # nobody signs in anew meanwhile

Reroute = Callable[[str, Mapping[str, str]], dict[str, str]]


class Mailbox:
    """An SMTP server that keeps the Message-ID of every mail, in the order received."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port(), ready_timeout=30)

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.received.append(str(message_from_bytes(content)["Message-ID"]))
        return "250 OK"

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._controller.stop()


@contextlib.asynccontextmanager
async def sign_in(port: int | None = None) -> AsyncIterator[Issuer]:
    """Serve an issuer's discovery document and keys on the loopback; the same people need the same port."""
    port = port or free_port()
    issuer = Issuer(issuer=f"http://127.0.0.1:{port}")

    async def discovery(_: Request) -> JSONResponse:
        return JSONResponse({"issuer": issuer.issuer, "jwks_uri": f"{issuer.issuer}/jwks"})

    async def keys(_: Request) -> JSONResponse:
        return JSONResponse({"keys": [issuer.key.as_dict(private=False)]})

    app = Starlette(routes=[Route("/.well-known/openid-configuration", discovery), Route("/jwks", keys)])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by an attribute only
        await asyncio.sleep(0.01)
    try:
        yield issuer
    finally:
        server.should_exit = True
        await task


@dataclass(slots=True, kw_only=True)
class System:
    """Everything, running. ``kill`` and ``restart`` take the name of a server or a service.

    With ``together`` all services are one process, which each of their names stands for. ``commands`` are what Python
    runs for a service instead of its own. ``reroute`` changes the environment of a service before it starts;
    ``fronts`` are ports at which clients reach services, where they are others than the services' own.
    """

    folder: Path
    mongod: Mongod | ReplicaSet
    nats: NatsServer | NatsCluster
    issuer: Issuer
    mailbox: Mailbox
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in SERVICES})
    services: dict[str, Process] = field(default_factory=dict)
    together: bool = False
    reroute: Reroute | None = None
    commands: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fronts: dict[str, int] = field(default_factory=dict)

    def environment(self, service: str) -> dict[str, str]:
        plain = self._environment(service)
        return self.reroute(service, plain) if self.reroute else plain

    def _environment(self, service: str) -> dict[str, str]:
        return {
            **os.environ,
            "MONGODB_URL": self.mongod.url,
            "NATS_URL": self.nats.url,
            "SMTP_URL": self.mailbox.url,
            "OIDC_ISSUER": self.issuer.issuer,
            "PORT": str(self.ports[service]),
            "INDEX_DIR": str(self.folder / "index"),
            "LOG_LEVEL": "WARNING",
            "MAIL_LEASE_SECONDS": "10",  # how long a mail stays in doubt when its sender dies
            "WEBHOOK_SECRET": "a secret of nobody but these tests",
            "WEBHOOK_ALLOW": "127.0.0.0/8",
            "WEBHOOK_LEASE_SECONDS": "3",
            "LOAD_CAP": "1000000",  # a few reviewers do the work of many here
            "STREAM_CLIENTS_EACH": "2000",  # one address is the world here
        }

    def start(self, service: str) -> None:
        if self.together:
            self._start_together()
            return
        command = [sys.executable, *self.commands.get(service, ("-m", f"services.{service}", "all"))]
        log = self.folder / f"{service}.log"
        self.services[service] = Process(command, log=log, environment=self.environment(service))

    def _start_together(self) -> None:
        if not self.services:
            variables = {name: value for name, value in self.environment(SERVICES[0]).items() if name != "PORT"}
            process = Process(
                [sys.executable, "-m", "tests.together"],
                log=self.folder / "services.log",
                environment={**variables, "PORTS": json.dumps(self.ports)},
            )
            self.services = dict.fromkeys(self.ports, process)

    async def wait_ready(self, service: str) -> None:
        """Wait until it can do all of its work; raises DidNotStart when its process ends first."""

        async def answers() -> bool:
            return await self.is_ready(service)

        await ready(self.services[service], answers, name=service, patience=PATIENCE_SECONDS)

    async def is_ready(self, service: str) -> bool:
        async with httpx.AsyncClient(verify=False) as client:
            with contextlib.suppress(httpx.HTTPError):
                answer = await client.get(f"{self.url(service)}/health/ready", timeout=5)
                return answer.status_code == httpx.codes.OK
        return False

    def url(self, service: str) -> str:
        """Where clients reach a service."""
        return f"http://127.0.0.1:{self.fronts.get(service, self.ports[service])}"

    def client(self, service: str, **claims: Any) -> httpx.AsyncClient:
        """Return a client of one service, signed in with these claims."""
        headers = self.issuer.headers(**{"expires_in": LONGEST_RUN_SECONDS, **claims})
        return httpx.AsyncClient(base_url=self.url(service), headers=headers, timeout=20, verify=False)

    async def kill(self, name: str) -> None:
        match name:
            case "mongod":
                await self.mongod.kill()
            case "nats":
                await self.nats.kill()
            case _:
                await self.services[name].kill()

    def process(self, name: str) -> Process:
        """The present process of a server or a service."""
        match name:
            case "mongod":
                return self.mongod.process
            case "nats":
                return self.nats.process
            case _:
                return self.services[name]

    async def restart(self, name: str) -> None:
        match name:
            case "mongod":
                await self.mongod.restart()
            case "nats":
                await self.nats.restart()
            case _:
                self.start(name)

    async def stop(self) -> None:
        await asyncio.gather(*(process.stop() for process in self.services.values()))


@contextlib.asynccontextmanager
async def running_system(
    folder: Path,
    *,
    services: tuple[str, ...] = SERVICES,
    together: bool = False,
    sign_in_port: int | None = None,
    cluster: bool = False,
    wired: Callable[["System"], contextlib.AbstractAsyncContextManager[object]] | None = None,
) -> AsyncIterator[System]:
    """Start servers and services on data in ``folder``; stop them all at the end.

    With ``cluster`` the servers are three of each. ``wired`` may change how the services will start, or reach anything;
    it is held for as long as they run.
    """
    async with _servers(folder, cluster=cluster) as (mongod, server), sign_in(sign_in_port) as issuer:
        with Mailbox() as mailbox:
            system = System(
                folder=folder, mongod=mongod, nats=server, issuer=issuer, mailbox=mailbox, together=together
            )
            async with wired(system) if wired else contextlib.nullcontext():
                try:
                    for service in services:
                        system.start(service)
                    for service in services:
                        await system.wait_ready(service)
                    yield system
                finally:
                    await system.stop()


@contextlib.asynccontextmanager
async def _servers(
    folder: Path, *, cluster: bool
) -> AsyncIterator[tuple[Mongod | ReplicaSet, NatsServer | NatsCluster]]:
    """Run MongoDB and NATS with our streams, which are kept."""
    for name in ("mongod", "nats"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    mongod: Mongod | ReplicaSet = Mongod(folder / "mongod", free_port(), test_commands=True)
    server: NatsServer | NatsCluster = NatsServer(folder / "nats", free_port(), monitor_port=free_port())
    if cluster:
        mongod, server = ReplicaSet(folder / "mongod", test_commands=True), NatsCluster(folder / "nats")
    replicas = MEMBERS if cluster else 1
    try:
        await asyncio.gather(mongod.start(), server.start())
        connection = await nats.connect(servers_in(server.url))
        await provision(connection.jetstream(timeout=20), replicas=replicas)
        await connection.close()
        settings = Settings.model_validate({"nats_url": server.url})
        with (folder / "keeper.log").open("a", encoding="utf-8") as log:
            async with keeping(settings, replicas=replicas, log=configure("keeper", stream=log)):
                yield mongod, server
    finally:
        await asyncio.gather(server.stop(), mongod.stop())
