"""The provider's public keys (JWK Set, RFC 7517), fetched when needed and kept.

- a token with an unknown key id makes us fetch again, at most every ``COOLDOWN_SECONDS``: rotation is seen at once and
  forged ids cost the provider nothing;
- keys older than ``FRESH_SECONDS`` are fetched again, by one request while the others go on with what there is;
- when the provider is away the keys we have stay good; without any, callers get 503, never 401.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from shared.errors import Unavailable
from shared.telemetry.logs import Log

COOLDOWN_SECONDS = 5.0
FRESH_SECONDS = 600.0
TIMEOUT_SECONDS = 3.0
_ASYMMETRIC = ("RSA", "EC", "OKP")
_UNREACHABLE = "Sign-in cannot be checked just now. Try again shortly."


class KeySource(Protocol):
    """Gives the keys that may have signed a token with key id ``kid``; none if it is unknown."""

    async def keys(self, kid: str | None) -> Sequence[Key]: ...


class StaticKeys:
    """Keys that are known beforehand (tests, a provider without a key address)."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = tuple(keys)

    async def keys(self, kid: str | None) -> Sequence[Key]:
        return _matching(self._keys, kid)


class JwksKeys:
    """The keys behind an issuer's ``jwks_uri``, found by OpenID Connect Discovery unless it is given."""

    def __init__(
        self,
        issuer: str,
        *,
        jwks_uri: str | None = None,
        log: Log | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._jwks_uri = jwks_uri
        self._log = log
        self._transport = transport
        self._clock = clock
        self._keys: tuple[Key, ...] = ()
        self._fetched = float("-inf")
        self._tried = float("-inf")
        self._fetching = asyncio.Lock()

    async def keys(self, kid: str | None) -> Sequence[Key]:
        """Return the keys with this id. Raises Unavailable when there are no keys and none can be fetched."""
        found = _matching(self._keys, kid)
        now = self._clock()
        if found and (now - self._fetched < FRESH_SECONDS or self._fetching.locked()):
            return found
        async with self._fetching:
            if self._clock() - self._tried >= COOLDOWN_SECONDS and self._fetched <= now:
                await self._refresh()
        if not self._keys:
            raise Unavailable(_UNREACHABLE, headers={"Retry-After": "5"})
        return _matching(self._keys, kid)

    async def _refresh(self) -> None:
        self._tried = self._clock()
        try:
            async with await self._client() as client:
                keys = await self._fetch(client)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, JoseError) as error:
            if self._log:
                self._log.warning("sign-in keys cannot be fetched", issuer=self._issuer, error=repr(error))
            return
        self._keys = keys
        self._fetched = self._clock()

    async def _client(self) -> httpx.AsyncClient:
        """Loading the certificates of authorities takes tens of milliseconds, so it happens off the event loop.

        Plain http is for a provider on this machine: no certificates and no proxy from the environment.
        """
        tls = (self._jwks_uri or self._issuer).startswith("https:")
        verify = await asyncio.to_thread(httpx.create_ssl_context) if tls else False
        return httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS, verify=verify, trust_env=tls, transport=self._transport, follow_redirects=False
        )

    async def _fetch(self, client: httpx.AsyncClient) -> tuple[Key, ...]:
        if self._jwks_uri is None:
            address = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
            found = await _get(client, address)
            if found["issuer"] != self._issuer:
                raise ValueError(f"{address} speaks for another issuer")
            self._jwks_uri = str(found["jwks_uri"])
        published = await _get(client, self._jwks_uri)
        keys = tuple(_imported(published["keys"]))
        if not keys:
            raise ValueError(f"{self._jwks_uri} holds no key that signs")
        return keys


def _imported(published: Any) -> list[Key]:
    if not isinstance(published, list) or not all(isinstance(one, dict) for one in published):
        raise TypeError("a JWK Set is a list of objects")
    keys = []
    for one in published:
        if one.get("kty") in _ASYMMETRIC and one.get("use", "sig") == "sig":
            try:
                keys.append(JWKRegistry.import_key(one))
            except (JoseError, ValueError, KeyError):  # one odd key must not hide the others
                continue
    return keys


def _matching(keys: Sequence[Key], kid: str | None) -> Sequence[Key]:
    return keys if kid is None else [key for key in keys if key.kid == kid]


async def _get(client: httpx.AsyncClient, address: str) -> dict[str, Any]:
    response = await client.get(address, headers={"Accept": "application/json"})
    response.raise_for_status()
    body = response.json()
    if not isinstance(body, dict):
        raise TypeError(f"{address} is no JSON object")
    return body
