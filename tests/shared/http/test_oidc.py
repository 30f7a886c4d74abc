import json
import time
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey

from shared.errors import Unauthenticated
from shared.http.access import Role
from shared.http.jwks import StaticKeys
from shared.http.oidc import TokenVerifier
from shared.settings import OidcSettings
from tests.thoroughness import examples_of
from tests.tokens import AUDIENCE, ISSUER, Issuer, rsa_key


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


async def test_a_good_token_tells_who_calls(issuer: Issuer) -> None:
    principal = await issuer.verifier().verify(issuer.token(sub="ana", roles=["member", "reviewer"], name="Ana B."))
    assert principal.person_id == issuer.person_id("ana")
    assert principal.roles == {Role.MEMBER, Role.REVIEWER}
    assert (principal.name, principal.organisation, principal.email) == ("Ana B.", "org-a", "ana@example.org")


@pytest.mark.parametrize("why", Issuer().bad_tokens())
async def test_a_bad_token_is_refused(issuer: Issuer, why: str) -> None:
    verifier = issuer.verifier()
    await verifier.verify(issuer.token())
    with pytest.raises(Unauthenticated) as caught:
        await verifier.verify(issuer.bad_tokens()[why])
    assert caught.value.headers == {"WWW-Authenticate": 'Bearer error="invalid_token"'}


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": None},
        {"iss": ISSUER + "/"},
        {"aud": None},
        {"aud": []},
        {"aud": {AUDIENCE: 1}},
        {"aud": AUDIENCE + "x"},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": 1e300},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"iat": "now"},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"typ": "ID"},
        {"typ": "Refresh"},
    ],
    ids=str,
)
async def test_claims_that_do_not_hold_are_refused(issuer: Issuer, claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        await issuer.verifier().verify(issuer.token(**{"sub": "ana", **claims}))


@pytest.mark.parametrize(
    "header",
    [{"typ": "logout+jwt"}, {"typ": "dpop+jwt"}, {"kid": "unknown"}, {"alg": "RS512"}],
    ids=str,
)
async def test_headers_of_other_kinds_of_token_are_refused(issuer: Issuer, header: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        await issuer.verifier().verify(issuer.token(header=header))


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": "application/at+jwt"}, {"typ": "AT+JWT"}], ids=str)
async def test_kinds_of_access_token(issuer: Issuer, header: dict[str, Any]) -> None:
    assert await issuer.verifier().verify(issuer.token(header=header))


async def test_our_clock_may_be_a_little_off(issuer: Issuer) -> None:
    verifier = issuer.verifier(leeway=30)
    assert await verifier.verify(issuer.token(expires_in=-10))
    assert await verifier.verify(issuer.token(nbf=time.time() + 20, iat=time.time() + 20))
    with pytest.raises(Unauthenticated):
        await verifier.verify(issuer.token(expires_in=-40))


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("PS256", rsa_key("pss")),
        ("ES256", ECKey.generate_key("P-256", {"kid": "ec"})),
        ("EdDSA", OKPKey.generate_key("Ed25519", {"kid": "ed"})),
    ],
    ids=["PS256", "ES256", "EdDSA"],
)
async def test_other_algorithms_by_configuration_only(issuer: Issuer, algorithm: str, key: Any) -> None:
    with warnings.catch_warnings(action="ignore", category=SecurityWarning):
        token = issuer.sign(issuer.claims(), header={"alg": algorithm, "kid": key.kid}, key=key)
    keys = StaticKeys([issuer.key, key])
    assert await issuer.verifier(keys=keys, algorithms=[algorithm]).verify(token)
    with pytest.raises(Unauthenticated):
        await issuer.verifier(keys=keys).verify(token)


@pytest.mark.parametrize("algorithms", [["none"], ["HS256"], ["RS256", "HS512"], [], ["nonsense"]])
def test_what_is_not_safe_cannot_be_configured(issuer: Issuer, algorithms: list[str]) -> None:
    with pytest.raises(ValueError, match="cannot be checked"):
        issuer.verifier(algorithms=algorithms)


def test_a_role_we_do_not_have_cannot_be_configured(issuer: Issuer) -> None:
    with pytest.raises(ValueError, match="root"):
        issuer.verifier(roles={"admins": "root"})


async def test_a_token_without_key_id_is_tried_with_every_key(issuer: Issuer) -> None:
    keys = StaticKeys([rsa_key("other"), issuer.key])
    token = jws.serialize_compact({"alg": "RS256"}, json.dumps(issuer.claims()).encode(), issuer.key)
    assert await issuer.verifier(keys=keys).verify(token)


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


class CountedKeys(StaticKeys):
    asked = 0

    async def keys(self, kid: str | None) -> Any:
        self.asked += 1
        return await super().keys(kid)


async def test_a_verified_token_is_kept_for_a_minute_and_no_longer_than_it_lives(issuer: Issuer) -> None:
    clock, keys = Clock(), CountedKeys([issuer.key])
    verifier = issuer.verifier(clock=clock, keys=keys, leeway=0)
    long, short = issuer.token(expires_in=600), issuer.token(expires_in=20)
    for token in (long, short, long, short):
        await verifier.verify(token)
    assert keys.asked == 2
    clock.now += 30
    with pytest.raises(Unauthenticated):
        await verifier.verify(short)
    await verifier.verify(long)
    assert keys.asked == 3
    clock.now += 31
    await verifier.verify(long)
    assert keys.asked == 4


async def test_a_changed_token_is_not_taken_from_the_cache(issuer: Issuer) -> None:
    verifier = issuer.verifier()
    token = issuer.token()
    await verifier.verify(token)
    head, _, signature = token.rpartition(".")
    for changed in (head + "." + signature[:-4] + "AAAA", token + "x", " " + token, head[:-3] + "AAA." + signature):
        with pytest.raises(Unauthenticated):
            await verifier.verify(changed)


async def test_the_cache_does_not_grow_without_end(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.http.oidc._CACHED_TOKENS", 3)
    verifier = issuer.verifier()
    for number in range(6):
        await verifier.verify(issuer.token(sub=f"p{number}"))
    assert len(verifier._verified) == 3


@given(st.text(max_size=200) | st.binary(max_size=60).map(lambda data: ".".join([data.hex()] * 3)))
@settings(max_examples=examples_of(200))
async def test_no_text_breaks_the_verifier(token: str) -> None:
    with pytest.raises(Unauthenticated):
        await Issuer().verifier().verify(token)


@pytest.mark.parametrize(
    "token",
    [
        "e30.e30.e30",
        "W10.W10.W10",
        "bnVsbA..",
        "eyJhbGciOiJSUzI1NiIsImtpZCI6W119.e30.AA",  # {"alg":"RS256","kid":[]}
        "eyJhbGciOlsiUlMyNTYiXX0.e30.AA",  # {"alg":["RS256"]}
        "eyJhbGciOnt9fQ.e30.AA",  # {"alg":{}}
        "a" * 20_000,
        "é.é.é",
    ],
)
async def test_odd_tokens_are_refused(issuer: Issuer, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await issuer.verifier().verify(token)


async def test_the_verifier_is_what_the_operator_configured(issuer: Issuer) -> None:
    settings = OidcSettings(
        oidc_issuer=ISSUER,
        oidc_audience=AUDIENCE,
        oidc_role_paths=[["realm_access", "roles"]],
        oidc_roles={"px-reviewer": "reviewer"},
        oidc_organisation_paths=[["org"]],
    )
    verifier = TokenVerifier.from_settings(settings, keys=StaticKeys([issuer.key]))
    token = issuer.token(realm_access={"roles": ["px-reviewer", "member"]}, org="org-z")
    principal = await verifier.verify(token)
    assert (principal.roles, principal.organisation) == (frozenset({Role.REVIEWER}), "org-z")
