"""Where the story is played: this machine's own house, or a site that runs somewhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ssl import SSLContext, create_default_context
from typing import Protocol

import httpx

from local.play.arrivals import Arrivals, MailpitArrivals


class Place(Protocol):
    """What the story has to know of it. ``mailbox`` is the address of the pages of received mail, if there is one."""

    @property
    def issuer(self) -> str: ...

    @property
    def mailbox(self) -> str | None: ...

    @property
    def nats_url(self) -> str: ...

    @property
    def nats_sign_in(self) -> Mapping[str, tuple[str | None, str | None]]: ...

    @property
    def tls(self) -> SSLContext | None:
        """Whom to trust where addresses are https; None where none is."""
        ...

    @property
    def nats_tls(self) -> SSLContext | None:
        """Whom to trust where NATS takes TLS."""
        ...

    def address(self, service: str) -> str: ...

    def arrivals(self, http: httpx.AsyncClient) -> Arrivals | None:
        """Return what can be read of its mail; None when mails go to a relay of others."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site behind a proxy: the pages at ``url``, each service's API at ``url/api/<service>``."""

    url: str
    issuer: str
    mailbox: str | None
    nats_url: str
    nats_sign_in: Mapping[str, tuple[str | None, str | None]] = field(repr=False)
    tls: SSLContext = field(default_factory=create_default_context, repr=False)  # heeds SSL_CERT_FILE

    @property
    def nats_tls(self) -> SSLContext:
        return self.tls

    def address(self, service: str) -> str:
        return self.url if service == "web" else f"{self.url}/api/{service}"

    def arrivals(self, http: httpx.AsyncClient) -> Arrivals | None:
        return MailpitArrivals(http, self.mailbox) if self.mailbox else None
