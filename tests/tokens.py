"""A sign-in provider for tests: mints every token, good and bad, that a service may be shown.

issuer = Issuer()
app = create_app(..., verifier=issuer.verifier())
headers = issuer.headers(sub="ana", roles=["member"], organisation="org-a")
"""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from functools import cache
from typing import Any

from joserfc import jws
from joserfc.jwk import Key, RSAKey
from joserfc.util import json_b64encode

from shared.http.access import Role
from shared.http.claims import person_id
from shared.http.jwks import StaticKeys
from shared.http.oidc import TokenVerifier

ISSUER = "https://sign-in.example"
AUDIENCE = "practice-exchange"


@cache
def rsa_key(name: str = "test-key") -> RSAKey:
    """Make one RSA key per test run and name: making one takes longer than most tests."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


class Issuer:
    """An OpenID Connect provider as the services see it: an issuer, an audience, a key."""

    def __init__(self, *, issuer: str = ISSUER, audience: str = AUDIENCE, key: RSAKey | None = None) -> None:
        self.issuer = issuer
        self.audience = audience
        self.key = key or rsa_key()

    def verifier(self, **options: Any) -> TokenVerifier:
        """Return the verifier of a service that trusts this issuer; ``options`` as of ``TokenVerifier``."""
        keys = StaticKeys([self.key])
        return TokenVerifier(**{"issuer": self.issuer, "audience": self.audience, "keys": keys, **options})

    def claims(
        self,
        *,
        sub: Any = "ana",
        roles: Iterable[str] = ("member",),
        organisation: str | None = "org-a",
        expires_in: float = 600,
        **more: Any,
    ) -> dict[str, Any]:
        now = time.time()
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": sub,
            "iat": int(now) - 1,
            "exp": int(now + expires_in),
            "roles": [str(role) for role in roles],
            "name": str(sub).capitalize(),
            "email": f"{sub}@example.org",
            "locale": "en",
            "organisation": organisation,
            **more,
        }
        return {claim: value for claim, value in claims.items() if value is not None}

    def token(self, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return a good token; ``claims`` as of ``claims``, any claim may be added, changed or (None) left out."""
        return self.sign(self.claims(**claims), header=header)

    def sign(self, claims: dict[str, Any], *, header: dict[str, Any] | None = None, key: Key | None = None) -> str:
        full = {"alg": "RS256", "typ": "at+jwt", "kid": self.key.kid, **(header or {})}
        return jws.serialize_compact(full, _json(claims), key or self.key, algorithms=[full["alg"]])

    def headers(self, **claims: Any) -> dict[str, str]:
        """Return the Authorization header of a good token."""
        return {"Authorization": f"Bearer {self.token(**claims)}"}

    def person_id(self, sub: str) -> str:
        """Return the id under which services know this person."""
        return person_id(self.issuer, sub)

    def expired(self, **claims: Any) -> str:
        return self.token(**{"expires_in": -3600, **claims})

    def foreign(self, **claims: Any) -> str:
        """Signed by somebody else who claims to be us, with the same key id."""
        return self.sign(self.claims(**claims), key=rsa_key("stranger"))

    def other_issuer(self, **claims: Any) -> str:
        return self.token(**{"iss": "https://elsewhere.example", **claims})

    def wrong_audience(self, **claims: Any) -> str:
        return self.token(**{"aud": "another-service", **claims})

    def unsigned(self, **claims: Any) -> str:
        """The good token with its signature cut off."""
        return self.token(**claims).rpartition(".")[0] + "."

    def alg_none(self, **claims: Any) -> str:
        header = json_b64encode({"alg": "none", "typ": "at+jwt"}).decode()
        return f"{header}.{json_b64encode(self.claims(**claims)).decode()}."

    def hs256_with_public_key(self, **claims: Any) -> str:
        """Signed symmetrically with our public key as the secret: the classic confusion of algorithms."""
        header = {"alg": "HS256", "typ": "at+jwt", "kid": self.key.kid}
        signed = b".".join((json_b64encode(header), json_b64encode(self.claims(**claims))))
        # By hand: joserfc refuses to be misused like this.
        signature = hmac.digest(self.key.as_pem(private=False), signed, "sha256")
        return b".".join((signed, urlsafe_b64encode(signature).rstrip(b"="))).decode()

    def bad_tokens(self, **claims: Any) -> dict[str, str]:
        """Return every token that must be refused with 401, by what is wrong with it."""
        return {
            "expired": self.expired(**claims),
            "foreign": self.foreign(**claims),
            "other issuer": self.other_issuer(**claims),
            "wrong audience": self.wrong_audience(**claims),
            "unsigned": self.unsigned(**claims),
            "alg none": self.alg_none(**claims),
            "HS256 with the public key": self.hs256_with_public_key(**claims),
        }


EVERY_ROLE = tuple(Role)


def _json(claims: dict[str, Any]) -> bytes:
    return json.dumps(claims).encode()
