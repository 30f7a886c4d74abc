"""Whether the servers of others that are named in the environment can be reached, before anything is started."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from local.addresses import Outside

PATIENCE_SECONDS = 3.0
SRV = "mongodb+srv"  # its hosts are found by DNS; only a driver can tell


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    variable: str
    example: str
    ports: Mapping[str, int]  # by scheme: where it listens unless the address says otherwise


KINDS = (
    _Kind(
        variable="MONGODB_URL",
        example="mongodb://db.example.org:27017/?replicaSet=rs0",
        ports={"mongodb": 27017, SRV: 27017},
    ),
    _Kind(
        variable="NATS_URL",
        example="nats://bus.example.org:4222",
        ports={"nats": 4222, "tls": 4222, "ws": 80, "wss": 443},
    ),
    _Kind(variable="SMTP_URL", example="smtp://mail.example.org:587", ports={"smtp": 25, "smtps": 465}),
    _Kind(variable="OIDC_ISSUER", example="https://sign-in.example.org", ports={"http": 80, "https": 443}),
)


def outside_problems(outside: Outside, *, patience: float = PATIENCE_SECONDS) -> Iterator[str]:
    """Say which address cannot be read, and where nothing answers. Passwords in addresses are not repeated."""
    for kind in KINDS:
        address = getattr(outside, kind.variable.lower())
        if address is None:
            continue
        remedy = f"Correct {kind.variable}, or unset it: then one is started here."
        try:
            hosts = _hosts(address, kind)
        except ValueError:
            yield f"{kind.variable} is not an address such as {kind.example}. {remedy}"
            continue
        silent = [said for host, port in hosts if (said := _silence(host, port, patience))]
        if hosts and len(silent) == len(hosts):
            yield f"Nothing answers at {kind.variable} ({'; '.join(silent)}). Start it. {remedy}"


def _hosts(address: str, kind: _Kind) -> list[tuple[str, int]]:
    """Return the hosts and ports of an address, several where it lists several. Raises ValueError."""
    parts = urlsplit(address)
    if parts.scheme not in kind.ports:
        raise ValueError(parts.scheme)
    found = []
    for host in parts.netloc.rpartition("@")[2].split(","):
        one = urlsplit(f"//{host}")
        if not one.hostname:
            raise ValueError(host)
        found.append((one.hostname, one.port or kind.ports[parts.scheme]))
    return [] if parts.scheme == SRV else found


def _silence(host: str, port: int, patience: float) -> str | None:
    try:
        socket.create_connection((host, port), timeout=patience).close()
    except OSError as error:
        return f"{host}:{port}: {error.strerror or error}"
    return None
