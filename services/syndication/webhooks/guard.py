"""Connections to receivers: a name is resolved, every address of it is checked, and one of those is connected to.

Nothing is resolved twice, so a name that leads elsewhere by then (DNS rebinding) gains nothing. The name stays in the
header Host and in TLS (SNI and the check of the certificate).
"""

from collections.abc import Iterable
from typing import Final

import httpcore

from services.syndication.webhooks.domain.networks import Networks
from services.syndication.webhooks.domain.target import PORTS
from services.syndication.webhooks.resolve import Resolve


class NotAllowed(Exception):
    """A connection that is not made: its text is for the owner of the endpoint."""


_ATTEMPTED: Final = 3  # addresses of one name, before it counts as unreachable


class Guard(httpcore.AsyncNetworkBackend):
    """The way out. ``tls`` says whether what is connected here will speak TLS."""

    def __init__(self, networks: Networks, resolve: Resolve, *, tls: bool) -> None:
        self._networks = networks
        self._resolve = resolve
        self._tls = tls
        self._way = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's form
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect; raises ForbiddenAddress, NotAllowed or httpcore's ConnectError and ConnectTimeout."""
        try:
            found = await self._resolve(host)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name of the host leads nowhere") from error
        addresses = self._networks.check(found)
        if not (self._tls and port in PORTS) and not all(map(self._networks.allows_by_name, addresses)):
            raise NotAllowed(f"only https at port {' or '.join(map(str, PORTS))} is sent to")
        failure: httpcore.ConnectError = httpcore.ConnectError("the name of the host leads nowhere")
        for address in addresses[:_ATTEMPTED]:
            try:
                return await self._way.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
        raise failure
