"""What the demo sign-in refuses, and what its tokens hold."""

from __future__ import annotations

import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from local.idp.accounts import Accounts
from local.idp.app import build_idp
from local.idp.keys import SigningKeys
from local.idp.provider import Provider
from local.idp.throttle import TRIES_PER_LOGIN
from local.loopback import NotLoopback, loopback_only
from local.sign_in import Client, SignInFailed, challenge, sign_in

ISSUER = "http://127.0.0.1:8100"
CLIENT = Client(
    client_id="practice-exchange-demo",
    redirect_uri="http://127.0.0.1:8105/signed-in",
    scope="openid profile email offline_access",
)
VERIFIER = "v" * 64
ASKED = {
    "response_type": "code",
    "client_id": CLIENT.client_id,
    "redirect_uri": CLIENT.redirect_uri,
    "scope": "openid",
    "state": "a state",
    "code_challenge": challenge(VERIFIER),
    "code_challenge_method": "S256",
}


class Time:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def provider(tmp_path: Path, clock: Time) -> Provider:
    return Provider.at(ISSUER, key_file=tmp_path / "keys.json", clock=clock)


@pytest.fixture
async def browser(provider: Provider) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_idp(provider))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER, trust_env=False) as client:
        yield client


async def tokens(browser: httpx.AsyncClient, login: str = "aoife.tarpey", **other: Any) -> dict[str, Any]:
    return await sign_in(browser, ISSUER, other.get("client", CLIENT), login=login, password="demo")


def error_of(answer: httpx.Response) -> str:
    return parse_qs(urlsplit(answer.headers["location"]).query)["error"][0]


def hidden(page: httpx.Response) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))


async def test_access_tokens_are_rfc_9068_and_last_ten_minutes(browser: httpx.AsyncClient, clock: Time) -> None:
    answer = await tokens(browser)
    keys = KeySet.import_key_set((await browser.get("/jwks")).json())
    token = jwt.decode(answer["access_token"], keys, algorithms=["RS256"])
    assert token.header["typ"] == "at+jwt"
    assert token.claims["exp"] - token.claims["iat"] == 600
    assert token.claims["iat"] == int(clock.now)
    person = next(one for one in Accounts.load() if one.login == "aoife.tarpey")
    assert token.claims.items() >= {"iss": ISSUER, "aud": "practice-exchange", "sub": person.sub}.items()
    assert token.claims.items() >= person.claims().items()
    identity = jwt.decode(answer["id_token"], keys, algorithms=["RS256"])
    assert identity.claims["aud"] == CLIENT.client_id
    assert identity.header["typ"] == "JWT"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge_method": "plain", "code_challenge": VERIFIER}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_only_a_code_with_s256_is_given(
    browser: httpx.AsyncClient, changed: dict[str, str | None], error: str
) -> None:
    asked = {name: value for name, value in (ASKED | changed).items() if value is not None}
    answer = await browser.get("/authorize", params=asked)
    assert answer.status_code == 303
    assert error_of(answer) == error
    assert "state=a+state" in answer.headers["location"]


@pytest.mark.parametrize("changed", [{"client_id": "other"}, {"redirect_uri": "http://127.0.0.1:8105/signed-in/"}])
async def test_strangers_are_not_redirected(browser: httpx.AsyncClient, changed: dict[str, str]) -> None:
    answer = await browser.get("/authorize", params=ASKED | changed)
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_doubled_parameters_are_refused(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/authorize", params=[*ASKED.items(), ("redirect_uri", CLIENT.redirect_uri)])
    assert answer.status_code == 400


async def test_a_form_of_another_browser_is_refused(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/authorize", params=ASKED)
    browser.cookies.clear()
    form = hidden(page) | {"login": "aoife.tarpey", "password": "demo"}
    assert (await browser.post("/authorize", data=form)).status_code == 400


@pytest.mark.parametrize("changed", [{"scope": "openid offline_access"}, {"state": "other"}, {"seal": ""}])
async def test_a_changed_form_is_refused(browser: httpx.AsyncClient, changed: dict[str, str]) -> None:
    page = await browser.get("/authorize", params=ASKED)
    form = hidden(page) | {"login": "aoife.tarpey", "password": "demo"}
    assert (await browser.post("/authorize", data=form | changed)).status_code == 400
    assert (await browser.post("/authorize", data=form)).status_code == 303


async def test_wrong_passwords_are_slowed_down_per_login(browser: httpx.AsyncClient, clock: Time) -> None:
    page = await browser.get("/authorize", params=ASKED)
    form = hidden(page) | {"login": "aoife.tarpey", "password": "guess"}
    statuses = [(await browser.post("/authorize", data=form)).status_code for _ in range(TRIES_PER_LOGIN + 1)]
    assert statuses == [403] * TRIES_PER_LOGIN + [429]
    refused = await browser.post("/authorize", data=form | {"password": "demo"})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    other = await browser.post("/authorize", data=form | {"login": "graca.velosa", "password": "demo"})
    assert other.status_code == 303
    clock.now += 61
    assert (await browser.post("/authorize", data=form | {"password": "demo"})).status_code == 303


async def test_a_sign_in_lasts_for_the_next_program(browser: httpx.AsyncClient) -> None:
    await tokens(browser)
    assert "code=" in (await browser.get("/authorize", params=ASKED)).headers["location"]
    assert (await browser.get("/authorize", params=ASKED | {"prompt": "login"})).status_code == 200


async def test_a_code_ends_after_a_minute(browser: httpx.AsyncClient, clock: Time) -> None:
    await tokens(browser)
    location = (await browser.get("/authorize", params=ASKED)).headers["location"]
    clock.now += 61
    assert (await redeemed(browser, parse_qs(urlsplit(location).query)["code"][0])).status_code == 400


async def redeemed(browser: httpx.AsyncClient, code: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": CLIENT.client_id,
        "code": code,
        "redirect_uri": CLIENT.redirect_uri,
        "code_verifier": VERIFIER,
    }
    return await browser.post("/token", data=form)


async def refreshed(browser: httpx.AsyncClient, token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "client_id": CLIENT.client_id, "refresh_token": token}
    return await browser.post("/token", data=form)


async def test_refresh_tokens_turn_over_and_a_replay_ends_the_sign_in(browser: httpx.AsyncClient) -> None:
    first = (await tokens(browser))["refresh_token"]
    second = (await refreshed(browser, first)).json()["refresh_token"]
    assert second != first
    assert (await refreshed(browser, first)).json()["error"] == "invalid_grant"
    assert (await refreshed(browser, second)).json()["error"] == "invalid_grant"
    assert (await browser.get("/authorize", params=ASKED)).status_code == 200


async def test_a_replayed_code_ends_the_sign_in(browser: httpx.AsyncClient) -> None:
    refresh = (await tokens(browser))["refresh_token"]
    location = (await browser.get("/authorize", params=ASKED)).headers["location"]
    code = parse_qs(urlsplit(location).query)["code"][0]
    assert (await redeemed(browser, code)).status_code == 200
    assert (await redeemed(browser, code)).status_code == 400
    assert (await refreshed(browser, refresh)).status_code == 400


async def test_systems_get_tokens_with_their_secret(browser: httpx.AsyncClient, provider: Provider) -> None:
    form = {"grant_type": "client_credentials"}
    answer = await browser.post("/token", data=form, auth=("practice-exchange-system", "demo-system-secret"))
    claims = provider.tokens.read(answer.json()["access_token"], "at+jwt")
    assert claims is not None
    assert claims["roles"] == ["system"]
    assert answer.headers["cache-control"] == "no-store"
    wrong = await browser.post("/token", data=form, auth=("practice-exchange-system", "guess"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    public = await browser.post("/token", data=form | {"client_id": CLIENT.client_id})
    assert public.json()["error"] == "unauthorized_client"
    password = await browser.post("/token", data={"grant_type": "password", "client_id": CLIENT.client_id})
    assert password.json()["error"] == "unsupported_grant_type"


async def test_userinfo_takes_access_tokens_only(browser: httpx.AsyncClient, clock: Time) -> None:
    answer = await tokens(browser)
    access = {"Authorization": f"Bearer {answer['access_token']}"}
    assert (await browser.get("/userinfo", headers=access)).json()["organisation"] == "corrib-kitchen-college"
    identity = {"Authorization": f"Bearer {answer['id_token']}"}
    assert (await browser.get("/userinfo", headers=identity)).status_code == 401
    clock.now += 601
    assert (await browser.get("/userinfo", headers=access)).status_code == 401


async def test_a_program_signs_its_person_out(browser: httpx.AsyncClient) -> None:
    answer = await tokens(browser)
    asked = {"id_token_hint": answer["id_token"], "post_logout_redirect_uri": "http://127.0.0.1:8105/", "state": "s"}
    out = await browser.get("/logout", params=asked)
    assert out.headers["location"] == "http://127.0.0.1:8105/?state=s"
    assert (await refreshed(browser, answer["refresh_token"])).status_code == 400
    assert (await browser.get("/authorize", params=ASKED)).status_code == 200


async def test_a_foreign_page_signs_nobody_out(browser: httpx.AsyncClient) -> None:
    await tokens(browser)
    page = await browser.get("/logout")
    assert "Sign out?" in page.text
    assert "code=" in (await browser.get("/authorize", params=ASKED)).headers["location"]
    assert (await browser.post("/logout", data=hidden(page) | {"seal": "guess"})).status_code == 400
    assert "You are signed out" in (await browser.post("/logout", data=hidden(page))).text
    assert (await browser.get("/authorize", params=ASKED)).status_code == 200


async def test_sign_out_redirects_to_registered_addresses_only(browser: httpx.AsyncClient) -> None:
    answer = await tokens(browser)
    asked = {"id_token_hint": answer["id_token"], "post_logout_redirect_uri": "http://evil.example/"}
    assert (await browser.get("/logout", params=asked)).status_code == 400


async def test_keys_turn_over_without_ending_tokens(browser: httpx.AsyncClient, provider: Provider) -> None:
    before = (await tokens(browser))["access_token"]
    SigningKeys(provider.keys._file).rotate()  # as the command does, beside the running provider
    after = (await tokens(browser))["access_token"]
    keys = KeySet.import_key_set((await browser.get("/jwks")).json())
    assert len(keys.keys) == 2
    for token in (before, after):
        jwt.decode(token, keys, algorithms=["RS256"])
    assert "d" not in (await browser.get("/jwks")).json()["keys"][0]


def test_the_key_survives_a_restart_and_is_the_owners_only(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    assert SigningKeys(file).jwks() == SigningKeys(file).jwks()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("path", ["/", "/authorize", "/token", "/jwks", "/nowhere"])
async def test_every_answer_stays_out_of_caches_and_frames(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path, params=ASKED if path == "/authorize" else None)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    if "html" in answer.headers["content-type"]:
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "<script" not in answer.text


async def test_what_is_typed_is_escaped(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/authorize", params=ASKED | {"state": '"><script>alert(1)</script>'})
    assert "<script>" not in page.text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_it_listens_on_this_machine_only(host: str, tmp_path: Path) -> None:
    with pytest.raises(NotLoopback):
        loopback_only(host)
    with pytest.raises(NotLoopback):
        build_idp(Provider.at(f"http://[{host}]:8100" if ":" in host else f"http://{host}", key_file=tmp_path / "k"))


@pytest.mark.parametrize("address", ["http://192.168.1.5:8100", "http://rebound.example:8100"])
async def test_it_answers_nobody_who_came_another_way(provider: Provider, address: str) -> None:
    transport = httpx.ASGITransport(build_idp(provider))
    async with httpx.AsyncClient(transport=transport, base_url=address, trust_env=False) as stranger:
        assert (await stranger.get("/authorize", params=ASKED)).status_code == 403
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER, trust_env=False) as rebound:
        answer = await rebound.get("/authorize", params=ASKED, headers={"Host": "rebound.example"})
        assert answer.status_code == 403


async def test_large_forms_are_refused(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/token", data={"grant_type": "x" * 100_000})
    assert answer.status_code == 413


async def test_an_unknown_program_signs_nobody_in(browser: httpx.AsyncClient) -> None:
    unknown = Client(client_id="unknown", redirect_uri=CLIENT.redirect_uri)
    with pytest.raises(SignInFailed, match="status 400"):
        await tokens(browser, client=unknown)
