import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from shared.errors import Unauthenticated, Unavailable
from shared.http.jwks import COOLDOWN_SECONDS, FRESH_SECONDS, JwksKeys
from tests.tokens import ISSUER, Issuer, rsa_key


class Provider:
    """A sign-in provider's two documents, which can change, fail and be counted."""

    def __init__(self, *keys: RSAKey) -> None:
        self.published: list[dict[str, Any]] = [dict(key.as_dict(private=False)) for key in keys]
        self.issuer = ISSUER
        self.away: Callable[[], httpx.Response] | None = None
        self.fetched = 0
        self.now = 1000.0

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        if self.away:
            return self.away()
        if request.url.path == "/.well-known/openid-configuration":
            return httpx.Response(200, json={"issuer": self.issuer, "jwks_uri": f"{ISSUER}/keys"})
        assert request.url.path == "/keys"
        self.fetched += 1
        return httpx.Response(200, json={"keys": self.published})

    def keys(self) -> JwksKeys:
        return JwksKeys(ISSUER, transport=httpx.MockTransport(self._answer), clock=lambda: self.now)

    def rotate(self, *keys: RSAKey) -> None:
        self.published = [dict(key.as_dict(private=False)) for key in keys]


def refused() -> httpx.Response:
    raise httpx.ConnectError("no route")


@pytest.fixture
def provider() -> Provider:
    return Provider(rsa_key("one"))


async def kids(keys: JwksKeys, kid: str | None) -> list[str | None]:
    return [key.kid for key in await keys.keys(kid)]


async def test_keys_are_found_by_discovery_and_kept(provider: Provider) -> None:
    keys = provider.keys()
    assert await kids(keys, "one") == ["one"]
    assert await kids(keys, None) == ["one"]
    provider.now += FRESH_SECONDS - 1
    assert await kids(keys, "one") == ["one"]
    assert provider.fetched == 1
    assert not (await keys.keys("one"))[0].is_private


async def test_a_rotated_key_is_fetched_when_a_token_names_it(provider: Provider) -> None:
    keys = provider.keys()
    await keys.keys("one")
    provider.rotate(rsa_key("two"))
    provider.now += COOLDOWN_SECONDS
    assert await kids(keys, "two") == ["two"]
    assert await kids(keys, "one") == []


async def test_forged_key_ids_cost_the_provider_one_fetch_per_cooldown(provider: Provider) -> None:
    keys = provider.keys()
    for number in range(50):
        assert await kids(keys, f"forged-{number}") == []
    assert provider.fetched == 1
    provider.now += COOLDOWN_SECONDS
    for number in range(50):
        assert await kids(keys, f"forged-{number}") == []
    assert provider.fetched == 2


async def test_callers_at_the_same_time_fetch_once(provider: Provider) -> None:
    keys = provider.keys()
    found = await asyncio.gather(*(kids(keys, "one") for _ in range(30)))
    assert found == [["one"]] * 30
    assert provider.fetched == 1


async def test_old_keys_are_renewed_so_that_a_revoked_one_ends(provider: Provider) -> None:
    keys = provider.keys()
    await keys.keys("one")
    provider.rotate(rsa_key("two"))
    provider.now += FRESH_SECONDS
    assert await kids(keys, "one") == []


@pytest.mark.parametrize(
    "away",
    [
        refused,
        lambda: httpx.Response(500),
        lambda: httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
        lambda: httpx.Response(200, text="<html>"),
        lambda: httpx.Response(200, json=[]),
        lambda: httpx.Response(200, json={"keys": []}),
        lambda: httpx.Response(200, json={"keys": "none", "issuer": ISSUER, "jwks_uri": 7}),
    ],
)
async def test_while_the_provider_is_away_known_keys_stay_good(
    provider: Provider, away: Callable[[], httpx.Response]
) -> None:
    keys = provider.keys()
    await keys.keys("one")
    provider.away = away
    provider.now += FRESH_SECONDS * 10
    assert await kids(keys, "one") == ["one"]
    assert await kids(keys, "two") == []
    provider.away = None
    provider.rotate(rsa_key("two"))
    provider.now += COOLDOWN_SECONDS
    assert await kids(keys, "two") == ["two"]


@pytest.mark.parametrize("away", [refused, lambda: httpx.Response(503), lambda: httpx.Response(200, json={})])
async def test_without_any_keys_nobody_is_called_unauthenticated(
    provider: Provider, away: Callable[[], httpx.Response]
) -> None:
    provider.away = away
    issuer, keys = Issuer(key=rsa_key("one")), provider.keys()
    verifier = issuer.verifier(keys=keys)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await verifier.verify(issuer.token())
    provider.away = None
    with pytest.raises(Unavailable):  # still cooling down
        await verifier.verify(issuer.token())
    provider.now += COOLDOWN_SECONDS
    assert await verifier.verify(issuer.token())
    with pytest.raises(Unauthenticated):
        await verifier.verify(issuer.foreign())


async def test_a_document_of_another_issuer_is_not_believed(provider: Provider) -> None:
    provider.issuer = "https://elsewhere.example"
    with pytest.raises(Unavailable):
        await provider.keys().keys("one")


async def test_keys_that_do_not_sign_are_left_out(provider: Provider) -> None:
    encrypting = dict(rsa_key("enc").as_dict(private=False)) | {"use": "enc"}
    symmetric = OctKey.generate_key(256, {"kid": "oct"}).as_dict(private=True)
    odd: list[dict[str, Any]] = [{"kty": "RSA", "kid": "broken", "n": 7}, {"kty": "PQC"}, {}]
    provider.published = [encrypting, dict(symmetric), *odd, *provider.published]
    assert await kids(provider.keys(), None) == ["one"]
