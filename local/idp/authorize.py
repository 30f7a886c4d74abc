"""The authorization endpoint: the login page, and the code that a login gives (RFC 6749, 4.1; RFC 7636; RFC 9207)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from local.idp.clients import OidcClient
from local.idp.forms import FORM_COOKIE, SESSION_COOKIE, browser_of, keep
from local.idp.memory import Grant, Session
from local.idp.pages import Pages
from local.idp.provider import Provider

SCOPES = ("openid", "profile", "email", "offline_access")
ROLES = (
    ("Members", "member"),
    ("Reviewers", "reviewer"),
    ("Coordinators", "coordinator"),
    ("Administrators", "administrator"),
)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_PARAMETERS = (
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
)


class NotSent(Exception):
    """The request cannot be answered by a redirect: who asks, or where to, is not known."""


class Refused(Exception):
    """The request is answered at its redirect URI with this error (RFC 6749, section 4.1.2.1)."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(why)
        self.error = error
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An authorization request whose client and redirect URI are right."""

    client: OidcClient
    redirect_uri: str
    parameters: Mapping[str, str]

    @property
    def scope(self) -> tuple[str, ...]:
        return tuple(word for word in self.parameters.get("scope", "").split() if word in SCOPES)

    def check(self) -> None:
        """Raise Refused unless a code with PKCE S256 is asked for."""
        asked = self.parameters
        if asked.get("response_type") != "code":
            raise Refused("unsupported_response_type", "only response_type=code is offered")
        if asked.get("response_mode", "query") != "query":
            raise Refused("invalid_request", "only response_mode=query is offered")
        if "openid" not in self.scope:
            raise Refused("invalid_scope", "the scope openid is needed")
        if asked.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(asked.get("code_challenge", "")):
            raise Refused("invalid_request", "PKCE with code_challenge_method=S256 is needed")

    def answer(self, issuer: str, **values: str) -> str:
        """Return the address to send the browser to."""
        state = {"state": self.parameters["state"]} if "state" in self.parameters else {}
        joint = "&" if urlsplit(self.redirect_uri).query else "?"
        return self.redirect_uri + joint + urlencode({**values, **state, "iss": issuer})


def authorize_routes(provider: Provider, pages: Pages) -> APIRouter:
    routes = APIRouter()

    @routes.get("/authorize")
    async def show(request: Request) -> Response:
        return _answered(provider, pages, _once(request.query_params.multi_items()), request)

    @routes.post("/authorize")
    async def sign_in(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=20)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        parameters = {name: fields[name] for name in _PARAMETERS if name in fields}
        return _tried(provider, pages, parameters, fields, request)

    return routes


def _answered(provider: Provider, pages: Pages, parameters: Mapping[str, str] | None, request: Request) -> Response:
    try:
        asked = _read(provider, parameters)
    except NotSent as error:
        return pages.message("This sign-in cannot start", str(error), status=400)
    try:
        asked.check()
        session = provider.session(request.cookies.get(SESSION_COOKIE))
        prompts = asked.parameters.get("prompt", "").split()
        if session and "login" not in prompts:
            return _sent_back(provider, asked, session)
        if "none" in prompts:
            raise Refused("login_required", "nobody is signed in")
    except Refused as error:
        return RedirectResponse(asked.answer(provider.issuer, error=error.error, error_description=error.why), 303)
    return _login_page(provider, pages, asked, request)


def _tried(
    provider: Provider, pages: Pages, parameters: Mapping[str, str], fields: Mapping[str, str], request: Request
) -> Response:
    try:
        asked = _read(provider, parameters)
    except NotSent as error:
        return pages.message("This sign-in cannot go on", str(error), status=400)
    if not provider.seal.holds(fields.get("seal", ""), request.cookies.get(FORM_COOKIE), parameters):
        return pages.message(
            "This form is not ours", "Go back to where you came from and start the sign-in again.", status=400
        )
    login, password = fields.get("login", "").strip()[:100], fields.get("password", "")[:200]
    if wait := provider.throttle.wait(login):
        problem = f"Too many wrong passwords. Try again in {wait} seconds."
        return _login_page(provider, pages, asked, request, problem=problem, login=login, status=429, wait=wait)
    account = provider.accounts.with_password(login, password)
    if account is None:
        provider.throttle.wrong(login)
        problem = "That is not the password. Every account of the demo has the password “demo”."
        return _login_page(provider, pages, asked, request, problem=problem, login=login, status=403)
    provider.throttle.right(login)
    session = Session(account=account, signed_in_at=int(provider.clock()))
    response = _sent_back(provider, asked, session)
    # A new key at every sign-in: a session that somebody planted before it is worth nothing.
    keep(response, SESSION_COOKIE, provider.sessions.keep(session))
    return response


def _read(provider: Provider, parameters: Mapping[str, str] | None) -> Asked:
    """Check what has to be right before anybody is sent anywhere (RFC 9700, section 2.1: exact redirect URIs)."""
    if parameters is None:
        raise NotSent("A parameter is given twice.")
    client = provider.clients.get(parameters.get("client_id", ""))
    if client is None:
        raise NotSent("The program that sent you here is not known.")
    if parameters.get("redirect_uri") not in client.redirect_uris:
        raise NotSent("The address to come back to is not one that this program has registered.")
    return Asked(client=client, redirect_uri=parameters["redirect_uri"], parameters=parameters)


def _once(items: list[tuple[str, str]]) -> dict[str, str] | None:
    known = [(name, value) for name, value in items if name in _PARAMETERS]
    return dict(known) if len({name for name, _ in known}) == len(known) else None


def _sent_back(provider: Provider, asked: Asked, session: Session) -> Response:
    code = provider.codes.keep(
        Grant(
            client=asked.client,
            session=session,
            scope=asked.scope,
            redirect_uri=asked.redirect_uri,
            challenge=asked.parameters["code_challenge"],
            nonce=asked.parameters.get("nonce"),
        )
    )
    return RedirectResponse(asked.answer(provider.issuer, code=code), 303)


def _login_page(
    provider: Provider,
    pages: Pages,
    asked: Asked,
    request: Request,
    *,
    problem: str = "",
    login: str = "",
    status: int = 200,
    wait: int = 0,
) -> Response:
    browser = browser_of(request)
    response = pages.page(
        "sign_in.html",
        status=status,
        goes_to=asked.redirect_uri,
        headers={"Retry-After": str(wait)} if wait else None,
        client=asked.client.name,
        fields={**asked.parameters, "seal": provider.seal.of(browser, asked.parameters)},
        groups=[
            (title, [one for one in provider.accounts.of_role(role) if one.roles[-1] == role]) for title, role in ROLES
        ],
        problem=problem,
        login=login,
    )
    keep(response, FORM_COOKIE, browser)
    return response
