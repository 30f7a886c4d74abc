"""The token endpoint: authorization_code, refresh_token and client_credentials (RFC 6749, sections 4.1, 4.4 and 6)."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.idp.clients import OidcClient
from local.idp.memory import Grant
from local.idp.provider import Provider
from local.idp.tokens import ACCESS_SECONDS

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_PUBLIC_GRANTS = ("authorization_code", "refresh_token")


class NoTokens(Exception):
    """Why there are none (RFC 6749, section 5.2)."""

    def __init__(self, error: str, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.error = error
        self.why = why
        self.status = status


def token_routes(provider: Provider) -> APIRouter:
    routes = APIRouter()

    @routes.post("/token")
    async def token(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=20)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            if len(form.multi_items()) != len(fields):
                raise NoTokens("invalid_request", "a parameter is given twice or is no text")
            client = _client(provider, request.headers.get("authorization", ""), fields)
            return JSONResponse(_granted(provider, client, fields))
        except NoTokens as refusal:
            headers = {"WWW-Authenticate": "Basic"} if refusal.status == 401 else None  # noqa: PLR2004
            body = {"error": refusal.error, "error_description": refusal.why}
            return JSONResponse(body, refusal.status, headers)

    return routes


def _client(provider: Provider, authorization: str, fields: Mapping[str, str]) -> OidcClient:
    """Return the client that asks, once it has proved who it is."""
    client_id, secret = fields.get("client_id", ""), fields.get("client_secret")
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, word = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise NoTokens("invalid_client", "the Authorization header cannot be read", 401) from error
        client_id, secret = unquote_plus(name), unquote_plus(word)
    client = provider.clients.get(client_id)
    if client is None or not client.proves(secret):
        raise NoTokens("invalid_client", "this client is not known, or its secret is wrong", 401)
    return client


def _granted(provider: Provider, client: OidcClient, fields: Mapping[str, str]) -> dict[str, Any]:
    kind = fields.get("grant_type")
    if kind == "client_credentials":
        if client.secret is None:
            raise NoTokens("unauthorized_client", "only a client with a secret gets tokens of its own")
        return _bearer(provider.tokens.access(client, (), None))
    if kind not in _PUBLIC_GRANTS:
        raise NoTokens("unsupported_grant_type", "authorization_code, refresh_token or client_credentials")
    grant = _redeemed(provider, client, fields) if kind == "authorization_code" else _renewed(provider, client, fields)
    answer = _bearer(provider.tokens.access(client, grant.scope, grant.session)) | {"scope": " ".join(grant.scope)}
    answer["id_token"] = provider.tokens.identity(client, grant.session, grant.nonce)
    if "offline_access" in grant.scope:
        answer["refresh_token"] = provider.refresh_tokens.keep(replace(grant, used=False))
    return answer


def _redeemed(provider: Provider, client: OidcClient, fields: Mapping[str, str]) -> Grant:
    grant = _taken(provider.codes.get(fields.get("code", "")), client)
    if fields.get("redirect_uri") != grant.redirect_uri:
        raise NoTokens("invalid_grant", "the redirect URI is another one than before")
    verifier = fields.get("code_verifier", "")
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(digest, grant.challenge.encode()):
        raise NoTokens("invalid_grant", "the code verifier is not the one of the challenge")
    return grant


def _renewed(provider: Provider, client: OidcClient, fields: Mapping[str, str]) -> Grant:
    grant = _taken(provider.refresh_tokens.get(fields.get("refresh_token", "")), client)
    asked = tuple(fields["scope"].split()) if "scope" in fields else grant.scope
    if not set(asked) <= set(grant.scope):
        raise NoTokens("invalid_scope", "more than was granted")
    return replace(grant, scope=asked, nonce=None)


def _taken(grant: Grant | None, client: OidcClient) -> Grant:
    """Take a code or refresh token; each can be taken once, and a second try ends everything of that sign-in."""
    if grant is None or grant.client is not client:
        raise NoTokens("invalid_grant", "unknown or expired")
    if grant.used:
        grant.session.over = True
    if grant.used or grant.session.over:
        raise NoTokens("invalid_grant", "used before, or the sign-in is over")
    grant.used = True
    return grant


def _bearer(access_token: str) -> dict[str, Any]:
    return {"access_token": access_token, "token_type": "Bearer", "expires_in": ACCESS_SECONDS}
