"""Signing in as a person does: through the provider's own HTML pages, with authorization code and PKCE (RFC 7636).

Any provider will do whose pages are plain forms with a login and a password field.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx

MOST_PAGES = 8


class SignInFailed(Exception):
    """The provider did not sign the person in; the message says where it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The program that a person signs in to. ``secret`` only for a confidential client."""

    client_id: str
    redirect_uri: str
    secret: str | None = None
    scope: str = "openid profile email"


@dataclass(slots=True)
class _Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    asks: set[str] = field(default_factory=set)


async def sign_in(http: httpx.AsyncClient, issuer: str, client: Client, *, login: str, password: str) -> dict[str, Any]:
    """Return the provider's token answer (``access_token``, ``id_token``, ...).

    ``http`` keeps the person's cookies, so use one per person. Raises SignInFailed.
    """
    provider = await discover(http, issuer)
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    request = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": client.scope,
        "state": state,
        "nonce": secrets.token_urlsafe(16),
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    first = await http.get(f"{provider['authorization_endpoint']}?{urlencode(request)}")
    answer = await through_pages(http, first, client.redirect_uri, login=login, password=password)
    if answer.get("state") != state or answer.get("iss", issuer) != issuer:
        raise SignInFailed("the answer is not to this request")
    if "code" not in answer:
        raise SignInFailed(f"{answer.get('error')}: {answer.get('error_description')}")
    return await redeem(http, provider["token_endpoint"], client, code=answer["code"], verifier=verifier)


async def discover(http: httpx.AsyncClient, issuer: str) -> dict[str, Any]:
    """Return the provider's metadata (OpenID Connect Discovery, section 4)."""
    response = await http.get(f"{issuer}/.well-known/openid-configuration")
    metadata: dict[str, Any] = response.raise_for_status().json()
    if metadata["issuer"] != issuer:
        raise SignInFailed(f"{issuer} says that it is {metadata['issuer']}")
    return metadata


async def redeem(http: httpx.AsyncClient, endpoint: str, client: Client, *, code: str, verifier: str) -> dict[str, Any]:
    """Turn a code into tokens; raises SignInFailed with the provider's error."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": verifier,
        "client_id": client.client_id,
    }
    auth = httpx.BasicAuth(client.client_id, client.secret) if client.secret else None
    response = await http.post(endpoint, data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)
    answer: dict[str, Any] = response.json()
    if response.is_error:
        raise SignInFailed(f"{answer.get('error')}: {answer.get('error_description')}")
    return answer


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


async def through_pages(
    http: httpx.AsyncClient, page: httpx.Response, redirect_uri: str, *, login: str, password: str
) -> dict[str, str]:
    """Fill in the provider's forms and follow it until it sends the browser back; return what it says there."""
    shown = ""
    for _ in range(MOST_PAGES):
        if page.is_redirect:
            target = urljoin(str(page.url), page.headers["location"])
            if target.split("?")[0] == redirect_uri:
                return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
            page = await http.get(target)
            continue
        form = next((one for one in _forms(page.text) if one.asks or one.fields), None)
        if form is None or (shown == page.text) or ("alert" in page.text and page.is_error):
            break
        shown = page.text
        answers = {"login": login, "password": password, "answer": "accept"}
        filled = form.fields | {name: answers[name] for name in form.asks if name in answers}
        page = await http.post(urljoin(str(page.url), form.action), data=filled)
    raise SignInFailed(f"no way past {page.url.path} (status {page.status_code}) as {login}")


def _forms(text: str) -> list[_Form]:
    reader = _FormReader()
    reader.feed(text)
    return [form for form in reader.forms if form.method == "post"]


class _FormReader(HTMLParser):
    """Reads the forms of a page: hidden values, and the fields that a person fills in."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(_Form(given.get("action", ""), given.get("method", "get").lower()))
        if not self.forms or tag not in ("input", "button") or "name" not in given:
            return
        if tag == "input" and given.get("type") == "hidden":
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        else:
            self.forms[-1].asks.add(given["name"])
