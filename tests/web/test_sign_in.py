"""Signing in and out, and what a session is safe from."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.web.browser import sign_in
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_person_signs_in_and_out_in_a_browser(page: Page, site: Site) -> None:
    await sign_in(page, site, "member-1", "/accessibility")
    await expect(page.get_by_text(site.account("member-1").name).filter(visible=True)).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url(f"{site.url}/**")
    await page.goto("/accessibility")
    await expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    await page.goto("/sign-in")  # the provider asks again: we signed out there too
    await expect(page.get_by_label("Password")).to_be_visible()


async def test_the_request_to_the_provider_has_pkce_state_and_nonce(site: Site) -> None:
    async with site.browser() as http:
        answer = await http.get("/sign-in", params={"to": "/accessibility"})
        asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        assert len(asked["state"]) >= 32
        assert len(asked["nonce"]) >= 32


async def test_the_session_cookie_is_closed_to_scripts_and_other_sites_and_holds_no_token(site: Site) -> None:
    async with site.signed_in("member-1") as http:
        cookie = next(one for one in http.cookies.jar if one.name == "pe_session")
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert (cookie.get_nonstandard_attr("SameSite") or "").lower() == "lax"
        assert "eyJ" not in (cookie.value or "")  # how every JWT begins
        assert len(cookie.value or "") < 200


@pytest.mark.parametrize("forged", ["x.y", "", ".", "a" * 5000, "é.é", "x" * 43 + "." + "0" * 64])
async def test_a_forged_cookie_is_nobody(site: Site, forged: str) -> None:
    async with site.browser() as http:
        answer = await http.get("/accessibility", headers={b"cookie": f"pe_session={forged}".encode()})
        assert answer.status_code == 200
        assert "Sign in" in answer.text


async def test_an_answer_that_this_browser_did_not_ask_for_is_refused(site: Site) -> None:
    async with site.browser() as http:
        answer = await http.get("/signed-in", params={"code": "x", "state": "y" * 43})
        assert answer.status_code == 400
        assert "pe_session" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "//[", "//ex\u2100mple"]
)
async def test_nobody_is_sent_to_another_site(site: Site, to: str) -> None:
    async with site.signed_in("member-1") as http:
        answer = await http.get("/sign-in", params={"to": to})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "", "referer": "http://["},
    ],
)
async def test_a_form_of_another_site_is_refused(site: Site, headers: dict[str, str]) -> None:
    async with site.signed_in("member-1") as http:
        answer = await http.post("/sign-out", data={}, headers=headers)
        assert answer.status_code == 403
        assert site.account("member-1").name in (await http.get("/accessibility")).text


@pytest.mark.parametrize("token", [None, "", "x", "0000.1111"])
async def test_a_form_without_the_token_of_the_session_is_refused(site: Site, token: str | None) -> None:
    async with site.signed_in("member-1") as http:
        answer = await http.post("/sign-out", data={} if token is None else {"csrf": token})
        assert answer.status_code == 403
        assert "You may not do this" in answer.text
        assert site.account("member-1").name in (await http.get("/accessibility")).text
