"""Signing out (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from local.idp.forms import FORM_COOKIE, SESSION_COOKIE, browser_of, keep
from local.idp.pages import Pages
from local.idp.provider import Provider

_PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


def logout_routes(provider: Provider, pages: Pages) -> APIRouter:
    routes = APIRouter()

    @routes.get("/logout")
    async def ask(request: Request) -> Response:
        return _asked(provider, pages, dict(request.query_params), request)

    @routes.post("/logout")
    async def confirm(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=10)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        if "seal" not in fields:  # a program that asks by POST
            return _asked(provider, pages, fields, request)
        parameters = _known(fields)
        if not provider.seal.holds(fields["seal"], request.cookies.get(FORM_COOKIE), parameters):
            return pages.message("This form is not ours", "You are still signed in.", status=400)
        return _signed_out(provider, pages, parameters, request)

    return routes


def _asked(provider: Provider, pages: Pages, fields: Mapping[str, str], request: Request) -> Response:
    """Sign out at once when the ID token shows that the person's own program asks; else ask the person."""
    parameters = _known(fields)
    if parameters.get("post_logout_redirect_uri") and _way_back(provider, parameters) is None:
        return pages.message("This sign-out cannot go on", "The address to go to afterwards is not known.", status=400)
    session = provider.session(request.cookies.get(SESSION_COOKIE))
    hint = provider.tokens.read(parameters.get("id_token_hint", ""), "JWT")
    if session is None or (hint and hint["sub"] == session.account.sub):
        return _signed_out(provider, pages, parameters, request)
    browser = browser_of(request)
    fields = {**parameters, "seal": provider.seal.of(browser, parameters)}
    response = pages.page(
        "sign_out.html", goes_to=_way_back(provider, parameters), fields=fields, name=session.account.name
    )
    keep(response, FORM_COOKIE, browser)
    return response


def _signed_out(provider: Provider, pages: Pages, parameters: Mapping[str, str], request: Request) -> Response:
    key = request.cookies.get(SESSION_COOKIE, "")
    if session := provider.session(key):
        session.over = True  # its refresh tokens end with it
    provider.sessions.forget(key)
    way_back = _way_back(provider, parameters)
    response: Response
    if way_back is None:
        response = pages.message("Signed out", "You are signed out.")
    else:
        state = {"state": parameters["state"]} if "state" in parameters else {}
        joint = "&" if urlsplit(way_back).query else "?"
        response = RedirectResponse(way_back + (joint + urlencode(state) if state else ""), 303)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


def _way_back(provider: Provider, parameters: Mapping[str, str]) -> str | None:
    """Return the address to go to afterwards if it is one that the asking client has registered."""
    hint = provider.tokens.read(parameters.get("id_token_hint", ""), "JWT")
    client = provider.clients.get(hint["aud"] if hint else parameters.get("client_id", ""))
    address = parameters.get("post_logout_redirect_uri")
    return address if client and address in client.post_logout_redirect_uris else None


def _known(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in _PARAMETERS if name in fields}
