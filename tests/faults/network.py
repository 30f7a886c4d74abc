"""The network of a fault run: a proxy in the way of every service to every server that it calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from tests.clusters import NatsCluster, ReplicaSet
from tests.faults.proxy import Proxy
from tests.system import SERVICES, System

MAIL = "the mail relay"
CLIENTS = "clients"


class Network:
    """``proxies`` by who calls whom, such as ``("review", "mongod")``; there are none outside of ``around``."""

    def __init__(self) -> None:
        self.proxies: dict[tuple[str, str], Proxy] = {}

    @asynccontextmanager
    async def around(self, system: System) -> AsyncIterator[None]:
        """Put the proxies there until the block ends. It is entered before the services start."""
        if isinstance(system.mongod, ReplicaSet) or isinstance(system.nats, NatsCluster):
            raise TypeError("a cluster tells its clients the way around the proxies")
        targets = {(service, "mongod"): system.mongod.port for service in SERVICES}
        targets |= {(service, "nats"): system.nats.port for service in SERVICES}
        targets |= {(CLIENTS, service): system.ports[service] for service in SERVICES}
        targets |= {
            ("notifications", MAIL): system.mailbox.port,
            ("search", "submissions"): system.ports["submissions"],
        }
        async with AsyncExitStack() as stack:
            for way, port in targets.items():
                self.proxies[way] = await stack.enter_async_context(Proxy(port).running())
            system.fronts = {service: self.proxies[CLIENTS, service].port for service in SERVICES}
            yield

    def rerouted(self, service: str, environment: Mapping[str, str]) -> dict[str, str]:
        """Return a service's environment with the addresses of its proxies in it.

        The database is called directly: a client that asks a replica set for its members is told the way around the
        proxy.
        """

        def address(server: str, form: str) -> str:
            return form.format(port=self.proxies[service, server].port)

        changed = {
            "MONGODB_URL": address("mongod", "mongodb://127.0.0.1:{port}/?directConnection=true"),
            "NATS_URL": address("nats", "nats://127.0.0.1:{port}"),
        }
        if service == "notifications":
            changed["SMTP_URL"] = address(MAIL, "smtp://127.0.0.1:{port}")
        if service == "search":
            changed["SUBMISSIONS_URL"] = address("submissions", "http://127.0.0.1:{port}")
            changed["DRIFT_MINUTES"] = "0.1"  # else nothing would pass there in the time of a run
        return {**environment, **changed}

    def ways_to(self, server: str) -> dict[str, Proxy]:
        """Return the proxies in the way to a server, by who calls it."""
        return {client: proxy for (client, called), proxy in self.proxies.items() if called == server}
