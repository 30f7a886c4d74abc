"""The programs that may ask for tokens: public ones for people (PKCE), confidential ones for themselves."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("clients.json")
WEB = "http://127.0.0.1:8105"


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcClient:
    """A client with a ``secret`` gets tokens of its own; one without signs people in at its exact redirect URIs."""

    client_id: str
    name: str
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    secret: str | None = None
    roles: tuple[str, ...] = ()

    def proves(self, secret: str | None) -> bool:
        """Tell whether the secret is right: none for a public client."""
        if self.secret is None:
            return not secret
        return hmac.compare_digest(self.secret.encode(), (secret or "").encode())


class OidcClients:
    """Every client that is known."""

    def __init__(self, clients: Iterable[OidcClient]) -> None:
        self._clients = {client.client_id: client for client in clients}

    @classmethod
    def load(cls, file: Path = FILE, *, web: str = WEB) -> OidcClients:
        """Read the clients; ``web`` is where the web front-end is, which people sign in to."""
        rows: list[dict[str, Any]] = json.loads(file.read_text("utf-8").replace("{web}", web))
        return cls(OidcClient(**{**row, **_tuples(row)}) for row in rows)

    def get(self, client_id: str) -> OidcClient | None:
        return self._clients.get(client_id)


def _tuples(row: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(value) for name, value in row.items() if isinstance(value, list)}
