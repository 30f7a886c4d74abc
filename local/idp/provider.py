"""Everything the provider's routes share, put together once."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from local.idp.accounts import Accounts
from local.idp.clients import OidcClients
from local.idp.forms import FormSeal
from local.idp.keys import SigningKeys
from local.idp.memory import Grant, Memory, Session
from local.idp.throttle import Throttle
from local.idp.tokens import Tokens

CODE_SECONDS = 60
SESSION_SECONDS = 8 * 3600
REFRESH_SECONDS = 8 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One issuer. Codes, refresh tokens and sessions are in memory: a restart signs everybody out."""

    issuer: str
    accounts: Accounts
    clients: OidcClients
    keys: SigningKeys
    tokens: Tokens
    throttle: Throttle
    sessions: Memory[Session]
    codes: Memory[Grant]
    refresh_tokens: Memory[Grant]
    clock: Callable[[], float]
    seal: FormSeal = field(default_factory=lambda: FormSeal(secrets.token_bytes(32)))

    @classmethod
    def at(
        cls,
        issuer: str,
        *,
        key_file: Path,
        audience: str = "practice-exchange",
        accounts: Accounts | None = None,
        clients: OidcClients | None = None,
        clock: Callable[[], float] = time.time,
    ) -> Provider:
        """Put the provider of an issuer together; its signing key is kept in ``key_file``."""
        keys = SigningKeys(key_file)
        return cls(
            issuer=issuer,
            accounts=accounts or Accounts.load(),
            clients=clients or OidcClients.load(),
            keys=keys,
            tokens=Tokens(issuer=issuer, audience=audience, keys=keys, clock=clock),
            throttle=Throttle(clock),
            sessions=Memory[Session](SESSION_SECONDS, clock),
            codes=Memory[Grant](CODE_SECONDS, clock),
            refresh_tokens=Memory[Grant](REFRESH_SECONDS, clock),
            clock=clock,
        )

    def session(self, key: str | None) -> Session | None:
        """Return the sign-in that a session cookie stands for, if it is still on."""
        session = self.sessions.get(key) if key else None
        return session if session and not session.over else None
