"""One login for every provider: our demo sign-in and canaille, which others wrote, must pass the same tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from local.idp.accounts import PASSWORD
from local.idp.app import build_idp, provider_in
from local.sign_in import Client, SignInFailed, discover, redeem, sign_in
from shared.http.access import Role
from shared.http.jwks import JwksKeys
from shared.http.oidc import TokenVerifier
from tests.local.canaille_server import LOGIN, canaille
from tests.local.canaille_server import PASSWORD as CANAILLE_PASSWORD

REDIRECT = "http://127.0.0.1:8105/signed-in"
OURS = "http://127.0.0.1:8100"


@dataclass(slots=True, kw_only=True)
class Subject:
    """A provider to log in to, and what its tokens say."""

    issuer: str
    client: Client
    audience: str
    password: str
    role_path: tuple[str, ...]
    transport: httpx.AsyncBaseTransport | None
    browsers: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self) -> httpx.AsyncClient:
        self.browsers.append(httpx.AsyncClient(transport=self.transport, verify=False, trust_env=False, timeout=20))
        return self.browsers[-1]

    def verifier(self) -> TokenVerifier:
        """A service's own check, with the keys that the provider publishes."""
        return TokenVerifier(
            issuer=self.issuer,
            audience=self.audience,
            keys=JwksKeys(self.issuer, transport=self.transport),
            role_paths=[self.role_path],
        )


@pytest.fixture(params=["ours", "canaille"])
async def provider(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    with ours(tmp_path) if request.param == "ours" else theirs() as subject:
        yield subject
        for browser in subject.browsers:
            await browser.aclose()


@contextmanager
def ours(folder: Path) -> Iterator[Subject]:
    yield Subject(
        issuer=OURS,
        client=Client(client_id="practice-exchange-demo", redirect_uri=REDIRECT),
        audience="practice-exchange",
        password=PASSWORD,
        role_path=("roles",),
        transport=httpx.ASGITransport(build_idp(provider_in(folder, OURS))),
    )


@contextmanager
def theirs() -> Iterator[Subject]:
    client = Client(client_id="practice-exchange", redirect_uri=REDIRECT, scope="openid profile email groups")
    with canaille(client) as issuer:
        yield Subject(
            issuer=issuer,
            client=client,
            audience=client.client_id,
            password=CANAILLE_PASSWORD,
            role_path=("groups",),
            transport=None,
        )


async def test_a_person_signs_in_and_services_know_who_it_is(provider: Subject) -> None:
    answer = await sign_in(
        provider.browser(), provider.issuer, provider.client, login=LOGIN, password=provider.password
    )
    assert answer["token_type"].lower() == "bearer"
    principal = await provider.verifier().verify(answer["access_token"])
    assert principal.name == "Aoife Tarpey"
    assert principal.email == "aoife.tarpey@corrib-kitchen.example"
    assert Role.MEMBER in principal.roles
    again = await sign_in(provider.browser(), provider.issuer, provider.client, login=LOGIN, password=provider.password)
    assert (await provider.verifier().verify(again["access_token"])).person_id == principal.person_id


async def test_a_wrong_password_gives_nothing(provider: Subject) -> None:
    with pytest.raises(SignInFailed):
        await sign_in(provider.browser(), provider.issuer, provider.client, login=LOGIN, password="guess")


async def test_an_unknown_person_gets_nothing(provider: Subject) -> None:
    with pytest.raises(SignInFailed):
        await sign_in(provider.browser(), provider.issuer, provider.client, login="nobody", password=provider.password)


async def test_a_code_is_good_once(provider: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: dict[str, str] = {}

    async def spied(http: httpx.AsyncClient, endpoint: str, client: Client, *, code: str, verifier: str) -> object:
        taken.update(code=code, verifier=verifier)
        return await redeem(http, endpoint, client, code=code, verifier=verifier)

    monkeypatch.setattr("local.sign_in.redeem", spied)
    browser = provider.browser()
    await sign_in(browser, provider.issuer, provider.client, login=LOGIN, password=provider.password)
    endpoint = (await discover(browser, provider.issuer))["token_endpoint"]
    with pytest.raises(SignInFailed, match="invalid_grant"):
        await redeem(browser, endpoint, provider.client, **taken)


async def test_a_code_is_worth_nothing_without_its_verifier(provider: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stolen(http: httpx.AsyncClient, endpoint: str, client: Client, *, code: str, verifier: str) -> object:
        return await redeem(http, endpoint, client, code=code, verifier=verifier[::-1])

    monkeypatch.setattr("local.sign_in.redeem", stolen)
    with pytest.raises(SignInFailed, match="invalid_grant"):
        await sign_in(provider.browser(), provider.issuer, provider.client, login=LOGIN, password=provider.password)


async def test_nobody_is_sent_to_an_address_that_is_not_registered(provider: Subject) -> None:
    browser = provider.browser()
    endpoint = (await discover(browser, provider.issuer))["authorization_endpoint"]
    for foreign in (f"{REDIRECT}/", f"{REDIRECT}?more=1", "http://127.0.0.1:8105.evil.example/signed-in"):
        asked = {
            "response_type": "code",
            "client_id": provider.client.client_id,
            "redirect_uri": foreign,
            "scope": "openid",
            "state": "s",
            "nonce": "n",
            "code_challenge": "x" * 43,
            "code_challenge_method": "S256",
        }
        answer = await browser.get(endpoint, params=asked)
        assert not answer.headers.get("location", "").startswith(foreign)
