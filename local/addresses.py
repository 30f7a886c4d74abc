"""Where everything of one machine listens, and which servers of others are used instead of ours."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

SERVICES = ("submissions", "review", "search", "notifications", "syndication", "web")
FIRST_PORT = 8100
_OFFSETS = {
    "sign-in": 0,
    "submissions": 1,
    "review": 2,
    "search": 3,
    "notifications": 4,
    "web": 5,
    "syndication": 6,
    "nats-server": 22,
    "nats-websocket": 23,
    "smtp": 25,
    "mailbox": 26,
    "mongod": 27,
}
LAST_FIRST_PORT = 65535 - max(_OFFSETS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The ports of one machine: neighbours of ``first``, all on the loopback."""

    first: int = FIRST_PORT

    def of(self, name: str) -> int:
        return self.first + _OFFSETS[name]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.of(name)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Servers of others, by the variables that name them; None means that we start our own.

    ``nats_user`` and ``nats_password`` go with ``nats_url`` and are then used by every service.
    """

    mongodb_url: str | None = None
    nats_url: str | None = None
    nats_user: str | None = None
    nats_password: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    oidc_issuer: str | None = None

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> Outside:
        named = {name: environment.get(name.upper()) or None for name in cls.__slots__}
        return cls(**named)

    def ours(self) -> tuple[str, ...]:
        """The names of what we start and listen on ourselves."""
        started = {
            "sign-in": self.oidc_issuer,
            "nats-server": self.nats_url,
            "nats-websocket": self.nats_url,
            "smtp": self.smtp_url,
            "mailbox": self.smtp_url,
            "mongod": self.mongodb_url,
        }
        return tuple(name for name in _OFFSETS if name in SERVICES or not started[name])
