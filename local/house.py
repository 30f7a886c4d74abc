"""Everything of one machine, started in order and stopped the other way round."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext

import httpx
import nats
from pydantic import SecretStr
from pydantic_core import MultiHostUrl

from local.addresses import SERVICES, Outside, Ports
from local.certificates import Certificates, certificates_in
from local.idp.app import build_idp, provider_in
from local.mailbox.app import build_mailbox
from local.mailbox.letters import Letters
from local.mailbox.sink import receiving_mail
from local.mongod import running_mongod
from local.nats import running_nats
from local.nats_users import PROVISION, passwords, users
from local.partners import remember
from local.play.arrivals import Arrivals, OwnArrivals
from local.process import Process
from local.services import compositions, in_processes, in_this_process, log_file
from local.serving import serving
from shared.bus.connect import inbox_prefix, trusting
from shared.bus.keeper import keeping
from shared.bus.topology import provision
from shared.settings import Settings
from shared.telemetry.logs import configure

WEBHOOK_ALLOW = "127.0.0.0/8, ::1/128"  # whoever tries webhooks here has a receiver on this machine


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What runs, and how to reach it. ``processes`` are our children by name."""

    data: Path
    ports: Ports
    issuer: str
    mongodb_url: str
    nats_url: str
    smtp_url: str
    mailbox: str | None
    nats_ca: Path | None
    nats_sign_in: Mapping[str, tuple[str | None, str | None]] = field(repr=False)
    web_secret: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    processes: dict[str, Process] = field(default_factory=dict)

    def address(self, service: str) -> str:
        return self.ports.url(service)

    @property
    def tls(self) -> None:
        """All of it is plain http on the loopback."""
        return None

    @property
    def nats_tls(self) -> SSLContext | None:
        return trusting(self.nats_ca)

    def arrivals(self, http: httpx.AsyncClient) -> Arrivals | None:
        """Return what can be read of the mail that arrives; None when it goes to a relay of others."""
        return OwnArrivals(http, self.mailbox) if self.mailbox else None

    def environment(self, service: str) -> dict[str, str]:
        """What the service's settings are read from, by the names of the environment."""
        user, password = self.nats_sign_in.get(service, (None, None))
        given = {
            "MONGODB_URL": self.mongodb_url,
            "NATS_URL": self.nats_url,
            "NATS_USER": user,
            "NATS_PASSWORD": password,
            "NATS_CA": str(self.nats_ca) if self.nats_ca else None,
            "OIDC_ISSUER": self.issuer,
            "HOST": "127.0.0.1",
            "PORT": str(self.ports.of(service)),
            "DATABASE": f"practice_exchange_{service}",
            "PUBLIC_URL": self.address("web"),
            "SMTP_URL": self.smtp_url,
            "WEB_URL": self.address("web"),
            "OWN_URL": self.address(service),
            "PUBLIC_NATS_URL": self.nats_url,
            "UNSUBSCRIBE_URL": f"{self.address('web')}/unsubscribe",
            "INDEX_DIR": str(self.data / "search"),
            "WEB_SECRET": self.web_secret,
            "WEBHOOK_SECRET": self.webhook_secret,
            "WEBHOOK_ALLOW": WEBHOOK_ALLOW,
            **{f"{name.upper()}_URL": self.address(name) for name in SERVICES if name != "web"},
        }
        return {name: value for name, value in given.items() if value is not None}


@asynccontextmanager
async def running_house(
    data: Path, ports: Ports, outside: Outside, *, split: bool, tls: bool = False
) -> AsyncIterator[House]:
    """Start everything that ``outside`` does not name, then the services; all of it stops at the end.

    ``split`` runs each service in a process of its own, else all of them run here on this event loop. ``tls`` lets
    our nats-server take nothing else, with a certificate made here. Raises DidNotStart.
    """
    async with AsyncExitStack() as stack:
        # Their code is read while the servers start.
        composed = None if split else asyncio.create_task(asyncio.to_thread(compositions))
        house = await _servers(stack, data, ports, outside, tls=tls)
        await _keep_streams(stack, house)
        await _sign_in_and_mailbox(stack, house, outside)
        if composed:
            await in_this_process(stack, house, await composed)
        else:
            await in_processes(stack, house)
        yield house


async def _keep_streams(stack: AsyncExitStack, house: House) -> None:
    """Let streams be made again that somebody deleted, as an installation does."""
    log = stack.enter_context(log_file(house.data, "keeper").open("a", encoding="utf-8"))
    user, password = house.nats_sign_in[PROVISION]
    settings = Settings(
        nats_url=MultiHostUrl(house.nats_url),
        nats_user=user,
        nats_password=SecretStr(password) if password else None,
        nats_ca=house.nats_ca,
    )
    await stack.enter_async_context(keeping(settings, log=configure("keeper", stream=log)))


async def _servers(stack: AsyncExitStack, data: Path, ports: Ports, outside: Outside, *, tls: bool) -> House:
    processes: dict[str, Process] = {}
    certificates = certificates_in(data / "nats" / "tls") if tls and not outside.nats_url else None
    authority = certificates.authority if certificates else None
    mongodb_url, (nats_url, sign_in) = await asyncio.gather(
        _mongodb(stack, data, ports, outside, processes),
        _nats(stack, data, ports, outside, processes, certificates=certificates),
    )
    await _provisioned(nats_url, sign_in[PROVISION], authority)
    secrets = passwords(data / "web-secret.json", ["web", "webhooks"])
    return House(
        data=data,
        ports=ports,
        issuer=outside.oidc_issuer or ports.url("sign-in"),
        mongodb_url=mongodb_url,
        nats_url=nats_url,
        nats_ca=authority,
        smtp_url=outside.smtp_url or f"smtp://127.0.0.1:{ports.of('smtp')}",
        mailbox=None if outside.smtp_url else ports.url("mailbox"),
        nats_sign_in=sign_in,
        web_secret=secrets["web"],
        webhook_secret=secrets["webhooks"],
        processes=processes,
    )


async def _sign_in_and_mailbox(stack: AsyncExitStack, house: House, outside: Outside) -> None:
    log = stack.enter_context(log_file(house.data, "demo").open("a", encoding="utf-8"))
    if outside.oidc_issuer is None:
        app = build_idp(provider_in(house.data / "idp", house.issuer, web=house.address("web")))
        await stack.enter_async_context(serving("sign-in", app, port=house.ports.of("sign-in"), log=log))
    if house.mailbox:
        letters = Letters(house.data / "mail")
        await stack.enter_async_context(receiving_mail(letters, port=house.ports.of("smtp")))
        port = house.ports.of("mailbox")
        await stack.enter_async_context(serving("mailbox", build_mailbox(letters), port=port, log=log))


async def _mongodb(
    stack: AsyncExitStack, data: Path, ports: Ports, outside: Outside, processes: dict[str, Process]
) -> str:
    if outside.mongodb_url:
        return outside.mongodb_url
    mongod = await stack.enter_async_context(running_mongod(data / "mongod", port=ports.of("mongod")))
    processes["mongod"] = mongod.process
    return mongod.url


async def _nats(
    stack: AsyncExitStack,
    data: Path,
    ports: Ports,
    outside: Outside,
    processes: dict[str, Process],
    *,
    certificates: Certificates | None,
) -> tuple[str, dict[str, tuple[str | None, str | None]]]:
    table = users()
    if outside.nats_url:
        given = (outside.nats_user, outside.nats_password)
        return outside.nats_url, {user.name: given for user in table}
    known = passwords(data / "nats-passwords.json", [user.name for user in table])
    with_passwords = {user: known[user.name] for user in table}
    server = await stack.enter_async_context(
        running_nats(
            data / "nats",
            port=ports.of("nats-server"),
            users=with_passwords,
            websocket_port=ports.of("nats-websocket"),
            certificates=certificates,
        )
    )
    remember(data, server, certificates)
    processes["nats-server"] = server.process
    return server.url, {user.name: (user.name, word) for user, word in with_passwords.items()}


async def _provisioned(url: str, sign_in: tuple[str | None, str | None], authority: Path | None) -> None:
    user, password = sign_in
    connection = await nats.connect(
        url,
        user=user,
        password=password,
        tls=trusting(authority),
        inbox_prefix=inbox_prefix(PROVISION).encode(),
        allow_reconnect=False,
    )
    async with connection:
        await provision(connection.jetstream(timeout=10))
