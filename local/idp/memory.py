"""What the provider remembers for a while: bounded, each entry with an end."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from local.idp.accounts import Account
from local.idp.clients import OidcClient

T = TypeVar("T")
MOST = 10_000


class Memory(Generic[T]):
    """Values under unguessable keys, for ``lifetime`` seconds; the oldest go first when there are too many."""

    def __init__(self, lifetime: float, clock: Callable[[], float]) -> None:
        self._lifetime = lifetime
        self._clock = clock
        self._entries: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def keep(self, value: T) -> str:
        """Remember a value and return its key."""
        key = secrets.token_urlsafe(32)
        self._entries[key] = (self._clock() + self._lifetime, value)
        while len(self._entries) > MOST:
            self._entries.popitem(last=False)
        return key

    def get(self, key: str) -> T | None:
        """Return the value of a key that was kept and has not ended."""
        until, value = self._entries.get(key, (0.0, None))
        return value if self._clock() < until else None

    def forget(self, key: str) -> None:
        self._entries.pop(key, None)


@dataclass(slots=True, kw_only=True)
class Session:
    """One person's sign-in at the provider; ``over`` ends everything that came from it."""

    account: Account
    signed_in_at: int
    over: bool = False


@dataclass(slots=True, kw_only=True)
class Grant:
    """What an authorization code or a refresh token stands for. ``used`` says that it was taken once already.

    All grants of one sign-in share the session; a replayed one ends it (RFC 9700, sections 2.1.1 and 4.14).
    """

    client: OidcClient
    session: Session
    scope: tuple[str, ...]
    redirect_uri: str
    challenge: str
    nonce: str | None
    used: bool = False
