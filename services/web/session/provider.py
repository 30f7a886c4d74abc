"""The sign-in provider as a client sees it: authorization code with PKCE (RFC 6749, 7636; OpenID Connect Core 3.1)."""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jws
from joserfc.errors import JoseError

from services.web.session.person import Person, Tokens
from services.web.settings import WebSettings
from shared.errors import Unauthenticated, Unavailable
from shared.http.access import Verifier
from shared.http.jwks import KeySource

_METADATA_SECONDS = 600.0
_LEEWAY_SECONDS = 30.0
_TOO_OFTEN = 429
_OF_THE_CLIENT = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type"})  # RFC 6749, 5.2
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class SignInRefused(Exception):
    """The provider, or a check of what it said, refused; the message is for the log, never shown as it is."""


class ClientRefused(SignInRefused):
    """The provider refused the front-end, not the person: its id, its secret or what it may ask for is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A sign-in under way: what the browser must bring back, and where it wanted to go."""

    state: str
    nonce: str
    verifier: str
    to: str


class Provider:
    """Speaks to one OpenID provider."""

    def __init__(
        self,
        settings: WebSettings,
        http: httpx.AsyncClient,
        *,
        verifier: Verifier,
        keys: KeySource,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._http = http
        self._verifier = verifier
        self._keys = keys
        self._clock = clock
        self._metadata: tuple[float, dict[str, Any]] | None = None

    @property
    def way_back(self) -> str:
        return f"{self._settings.origin}/signed-in"

    async def ask(self, attempt: Attempt, *, language: str) -> str:
        """Return the address to send the browser to."""
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        query = {
            **self._settings.oidc_authorize,
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self.way_back,
            "scope": self._settings.oidc_scope,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return _with((await self.metadata())["authorization_endpoint"], query)

    async def redeem(self, attempt: Attempt, answer: Mapping[str, str]) -> tuple[Person, Tokens]:
        """Turn the provider's answer into who it is. Raises SignInRefused or Unavailable."""
        if answer.get("iss", self._settings.oidc_issuer) != self._settings.oidc_issuer:
            raise SignInRefused("another provider answered")  # RFC 9207
        if "code" not in answer:
            raise SignInRefused(f"{answer.get('error')}: {answer.get('error_description')}")
        form = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": self.way_back}
        given = await self._tokens(form | {"code_verifier": attempt.verifier})
        await self._check_identity(given.get("id_token"), nonce=attempt.nonce)
        return await self._read(given)

    async def renew(self, tokens: Tokens) -> tuple[Person, Tokens]:
        """Exchange the refresh token.

        Raises SignInRefused when the sign-in is over at the provider, ClientRefused when that says nothing of it.
        """
        if tokens.refresh is None:
            raise SignInRefused("the provider gave no refresh token")
        given = await self._tokens({"grant_type": "refresh_token", "refresh_token": tokens.refresh})
        return await self._read({"refresh_token": tokens.refresh, "id_token": tokens.identity} | given)

    async def sign_out(self, identity: str | None) -> str:
        """Return where the browser signs out at the provider too (RP-Initiated Logout), or our own start page."""
        home = f"{self._settings.origin}/"
        try:
            metadata = await self.metadata()
        except (Unavailable, SignInRefused):
            return home  # here at least
        if "end_session_endpoint" not in metadata:
            return home
        query = {"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": home}
        return _with(metadata["end_session_endpoint"], query | ({"id_token_hint": identity} if identity else {}))

    async def metadata(self) -> dict[str, Any]:
        """Return the discovery document, kept for ten minutes, and longer while the provider is away."""
        if self._metadata and self._metadata[0] > self._clock():
            return self._metadata[1]
        try:
            response = await self._http.get(f"{self._settings.oidc_issuer}/.well-known/openid-configuration")
            found: dict[str, Any] = response.raise_for_status().json()
            if found["issuer"] != self._settings.oidc_issuer:
                raise SignInRefused(f"the provider says that it is {found['issuer']}")
        except (httpx.HTTPError, ValueError, KeyError) as error:
            if self._metadata:
                return self._metadata[1]
            raise Unavailable("Sign-in does not answer. Try again shortly.") from error
        self._metadata = (self._clock() + _METADATA_SECONDS, found)
        return found

    async def _tokens(self, form: dict[str, str]) -> dict[str, Any]:
        endpoint = (await self.metadata())["token_endpoint"]
        secret = self._settings.oidc_client_secret
        client = self._settings.oidc_client_id
        auth = httpx.BasicAuth(client, secret.get_secret_value()) if secret else None
        try:
            response = await self._http.post(
                endpoint, data=form | {"client_id": client}, auth=auth or httpx.USE_CLIENT_DEFAULT
            )
            given: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable("Sign-in does not answer. Try again shortly.") from error
        if response.is_server_error or response.status_code == _TOO_OFTEN:
            raise Unavailable("Sign-in does not answer. Try again shortly.")
        if response.is_error:
            refused = ClientRefused if given.get("error") in _OF_THE_CLIENT else SignInRefused
            raise refused(f"{given.get('error')}: {given.get('error_description')}")
        return given

    async def _read(self, given: Mapping[str, Any]) -> tuple[Person, Tokens]:
        try:
            principal = await self._verifier.verify(given["access_token"])
            until = self._clock() + float(given.get("expires_in", 300))
        except (KeyError, ValueError, TypeError, Unauthenticated) as error:
            raise SignInRefused(f"the provider's answer holds no usable access token: {error}") from error
        tokens = Tokens(
            access=given["access_token"],
            until=until,
            refresh=given.get("refresh_token"),
            identity=given.get("id_token"),
        )
        return Person.of(principal), tokens

    async def _check_identity(self, token: Any, *, nonce: str) -> None:
        """Check the ID token (OpenID Connect Core, 3.1.3.7)."""
        claims = await self._claims(token)
        audience = claims.get("aud")
        fits = (
            claims.get("iss") == self._settings.oidc_issuer
            and self._settings.oidc_client_id in (audience if isinstance(audience, list) else [audience])
            and claims.get("nonce") == nonce
            and isinstance(claims.get("exp"), int | float)
            and self._clock() < claims["exp"] + _LEEWAY_SECONDS
        )
        if not fits:
            raise SignInRefused("the ID token is not of this sign-in")

    async def _claims(self, token: Any) -> dict[str, Any]:
        try:
            head = token.partition(".")[0]
            kid = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))).get("kid")
        except (AttributeError, ValueError) as error:
            raise SignInRefused("there is no readable ID token") from error
        for key in await self._keys.keys(kid):
            try:
                claims = json.loads(jws.deserialize_compact(token, key, algorithms=_ALGORITHMS).payload or b"")
            except (JoseError, ValueError):
                continue
            if isinstance(claims, dict):
                return claims
        raise SignInRefused("the ID token's signature cannot be verified")


def _with(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
