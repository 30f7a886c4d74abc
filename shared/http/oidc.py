"""Bearer tokens of any OpenID Connect provider: JWT access tokens (RFC 7519, RFC 9068) checked here, by its keys.

Refused with 401, without telling which rule failed beyond RFC 6750's ``invalid_token``: another issuer or audience,
an algorithm that is not on the list (``none`` and HS* never are), a bad signature, a token that is too old, too new
or of a kind that is no access token.
"""

import hashlib
import json
import time
import warnings
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Self

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key

from shared.errors import Unauthenticated
from shared.http.access import Principal, Role
from shared.http.claims import ClaimPath, principal_of
from shared.http.jwks import JwksKeys, KeySource
from shared.settings import OidcSettings
from shared.telemetry.logs import Log

# Asymmetric signatures only: with HS* whoever knows the public key could sign.
_KEY_TYPES = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    **dict.fromkeys(("EdDSA", "Ed25519"), "OKP"),
}
_TOKEN_KINDS = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_OTHER_KINDS = frozenset({"id", "refresh", "offline", "logout"})  # Keycloak says it in the claim ``typ``
_LONGEST_TOKEN = 16_384
_LONGEST_SUBJECT = 255
_MOST_KEYS = 8
_CACHED_TOKENS = 4096
_CACHED_SECONDS = 60.0


class TokenVerifier:
    """Checks tokens of one issuer and keeps the verified ones for at most a minute, so rights end that soon too."""

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: KeySource,
        algorithms: Sequence[str] = ("RS256",),
        role_paths: Sequence[ClaimPath] = (("roles",),),
        roles: Mapping[str, str] | None = None,
        organisation_paths: Sequence[ClaimPath] = (("organisation",),),
        leeway: float = 30.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if unfit := sorted(set(algorithms) - _KEY_TYPES.keys()) or not algorithms:
            raise ValueError(f"tokens cannot be checked with {unfit}; use {', '.join(_KEY_TYPES)}")
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._algorithms = tuple(algorithms)
        self._role_paths = tuple(role_paths)
        self._roles = {value: Role(role) for value, role in (roles or {role: role for role in Role}).items()}
        self._organisation_paths = tuple(organisation_paths)
        self._leeway = leeway
        self._clock = clock
        self._verified: OrderedDict[bytes, tuple[Principal, float]] = OrderedDict()

    @classmethod
    def from_settings(cls, settings: OidcSettings, *, keys: KeySource | None = None, log: Log | None = None) -> Self:
        """Return the verifier an operator configured; its keys come from the issuer unless given."""
        return cls(
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            algorithms=settings.oidc_algorithms,
            role_paths=settings.oidc_role_paths,
            roles=settings.oidc_roles,
            organisation_paths=settings.oidc_organisation_paths,
            keys=keys or JwksKeys(settings.oidc_issuer, log=log),
        )

    async def verify(self, token: str) -> Principal:
        """Return whose token it is. Raises Unauthenticated, or Unavailable when it cannot be checked now."""
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            raise _refused("The token is too long or holds what no token holds.")
        digest = hashlib.sha256(token.encode()).digest()
        cached = self._verified.get(digest)
        if cached and self._clock() < cached[1]:
            return cached[0]
        claims = await self._checked(token)
        principal = principal_of(
            claims, role_paths=self._role_paths, roles=self._roles, organisation_paths=self._organisation_paths
        )
        self._remember(digest, principal, until=min(claims["exp"], self._clock() + _CACHED_SECONDS))
        return principal

    def _remember(self, digest: bytes, principal: Principal, *, until: float) -> None:
        self._verified[digest] = (principal, until)
        self._verified.move_to_end(digest)
        if len(self._verified) > _CACHED_TOKENS:
            self._verified.popitem(last=False)

    async def _checked(self, token: str) -> Mapping[str, Any]:
        header = _header(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in self._algorithms or not isinstance(kid, str | None):
            raise _refused("The token is signed in a way that is not accepted.")
        if str(header.get("typ", "JWT")).lower() not in _TOKEN_KINDS:
            raise _refused("This is no access token.")
        keys = [key for key in await self._keys.keys(kid) if key.key_type == _KEY_TYPES[algorithm]]
        for key in keys[:_MOST_KEYS]:
            claims = _verified_claims(token, key, algorithm)
            if claims is not None:
                self._check_claims(claims)
                return claims
        raise _refused("The token's signature cannot be verified.")

    def _check_claims(self, claims: Mapping[str, Any]) -> None:
        now = self._clock()
        audience = claims.get("aud")
        if claims.get("iss") != self._issuer:
            raise _refused("The token is of another issuer.")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise _refused("The token is for somebody else.")
        if not _is_time(claims.get("exp")) or now >= claims["exp"] + self._leeway:
            raise _refused("The token has expired.")
        for claim in ("nbf", "iat"):
            if claim in claims and (not _is_time(claims[claim]) or claims[claim] > now + self._leeway):
                raise _refused("The token is not valid yet.")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise _refused("The token does not say whose it is.")
        if str(claims.get("typ", "")).lower() in _OTHER_KINDS:
            raise _refused("This is no access token.")


def _header(token: str) -> dict[str, Any]:
    first = token.partition(".")[0]
    try:
        header = json.loads(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise _refused("This is no JSON web token.")
    return header


def _verified_claims(token: str, key: Key, algorithm: str) -> dict[str, Any] | None:
    # The name EdDSA is deprecated for Ed25519 (RFC 9864), and what providers still write.
    quiet = warnings.catch_warnings(action="ignore", category=SecurityWarning)
    try:
        with quiet if algorithm == "EdDSA" else nullcontext():
            payload = jws.deserialize_compact(token, key, algorithms=[algorithm]).payload
        claims = json.loads(payload or b"")
    except (JoseError, ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11  # noqa: PLR2004


def _refused(why: str) -> Unauthenticated:
    return Unauthenticated(why, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
