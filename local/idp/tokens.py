"""The tokens: access tokens as RFC 9068 has them, ID tokens as OpenID Connect Core has them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from local.idp.clients import OidcClient
from local.idp.keys import SigningKeys
from local.idp.memory import Session

ACCESS_SECONDS = 600
ID_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Signs and reads tokens of one issuer."""

    issuer: str
    audience: str
    keys: SigningKeys
    clock: Callable[[], float]

    def access(self, client: OidcClient, scope: tuple[str, ...], session: Session | None) -> str:
        """An access token of a person, or of the client itself where there is no session."""
        if session is None:
            subject, claims = client.client_id, {"roles": list(client.roles), "name": client.name}
        else:
            subject, claims = session.account.sub, session.account.claims()
        return self._signed(
            "at+jwt",
            {
                "aud": self.audience,
                "sub": subject,
                "client_id": client.client_id,
                "jti": secrets.token_urlsafe(16),
                "scope": " ".join(scope),
                **claims,
            },
            ACCESS_SECONDS,
        )

    def identity(self, client: OidcClient, session: Session, nonce: str | None) -> str:
        """An ID token, for the client alone."""
        claims = {
            "aud": client.client_id,
            "sub": session.account.sub,
            "auth_time": session.signed_in_at,
            **session.account.claims(),
        }
        return self._signed("JWT", claims | ({"nonce": nonce} if nonce else {}), ID_SECONDS)

    def read(self, token: str, kind: str) -> dict[str, Any] | None:
        """Return the claims of a token of ours of that ``typ``; None if it is not ours. Does not look at its end."""
        for key in self.keys.public():
            try:
                read = jwt.decode(token, key, algorithms=["RS256"])
            except (JoseError, ValueError):
                continue
            if read.header.get("typ") == kind and read.claims.get("iss") == self.issuer:
                return dict(read.claims)
        return None

    def _signed(self, kind: str, claims: dict[str, Any], seconds: int) -> str:
        now = int(self.clock())
        key = self.keys.signing
        return jwt.encode(
            {"alg": "RS256", "typ": kind, "kid": key.kid},
            {"iss": self.issuer, "iat": now, "exp": now + seconds, **claims},
            key,
            algorithms=["RS256"],
        )
