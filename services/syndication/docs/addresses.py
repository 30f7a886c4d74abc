"""Where this system is: what its documentation names instead of the demo."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """``own`` is where this service is reached, ``web`` where people read the site, ``nats`` where partners reach NATS,
    None where that is told by the operator alone. URLs without a slash at their end.
    """

    own: str
    web: str
    nats: str | None = None

    @property
    def hosts(self) -> dict[str, str]:
        """Host and port of the servers of the contract (``shared.events.channels``) that are known, by their names."""
        on_nats = {"nats": _host(self.nats), "partners": _host(self.nats)} if self.nats else {}
        return {"http": _host(self.own), **on_nats}


DEMO: Final = Addresses(own="http://127.0.0.1:8106", web="http://127.0.0.1:8105", nats="nats://127.0.0.1:8122")


def _host(url: str) -> str:
    return urlsplit(url).netloc
