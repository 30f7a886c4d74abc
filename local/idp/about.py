"""What others read: the discovery document, the keys, who a token speaks of (OpenID Connect Discovery, Core 5.3)."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.idp.authorize import SCOPES
from local.idp.provider import Provider

CLAIMS = ("name", "email", "email_verified", "locale", "roles", "organisation", "organisation_name")


def about_routes(provider: Provider) -> APIRouter:
    routes = APIRouter()

    @routes.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return metadata(provider.issuer)

    @routes.get("/jwks")
    async def keys() -> dict[str, Any]:
        return provider.keys.jwks()

    @routes.get("/userinfo")
    @routes.post("/userinfo")
    async def userinfo(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        claims = provider.tokens.read(token, "at+jwt") if scheme.lower() == "bearer" else None
        account = provider.accounts.with_sub(claims["sub"]) if claims and claims["exp"] > provider.clock() else None
        if account is None:
            return Response(status_code=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return JSONResponse({"sub": account.sub, **account.claims()})

    return routes


def metadata(issuer: str) -> dict[str, Any]:
    """The discovery document: nothing is named here that the provider does not do."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/logout",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login"],
        "claims_supported": ["sub", *CLAIMS],
        "authorization_response_iss_parameter_supported": True,
    }
