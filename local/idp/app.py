"""The demo sign-in put together: a small OpenID provider that is complete enough to be used like a real one."""

from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from local.idp.about import about_routes
from local.idp.authorize import authorize_routes
from local.idp.clients import WEB, OidcClients
from local.idp.logout import logout_routes
from local.idp.pages import FOLDER, Pages
from local.idp.provider import Provider
from local.idp.token import token_routes
from local.loopback import Loopback, loopback_only

LARGEST_BODY = 16 * 1024


def build_idp(provider: Provider) -> FastAPI:
    """Return the provider's application. Raises NotLoopback when its issuer is not on this machine."""
    loopback_only(urlsplit(provider.issuer).hostname or "")
    pages = Pages()
    app = FastAPI(title="Demo sign-in", openapi_url=None, max_body_size=LARGEST_BODY)
    app.add_middleware(Loopback)
    app.include_router(about_routes(provider))
    app.include_router(authorize_routes(provider, pages))
    app.include_router(token_routes(provider))
    app.include_router(logout_routes(provider, pages))

    @app.get("/")
    async def home(request: Request) -> Response:
        del request
        return pages.page("home.html", people=list(provider.accounts), issuer=provider.issuer)

    @app.get("/style.css")
    async def style() -> Response:
        return FileResponse(FOLDER / "style.css", media_type="text/css")

    return app


def provider_in(folder: Path, issuer: str, *, web: str = WEB) -> Provider:
    """Return the provider whose signing key is kept in ``folder``; people sign in to the front-end at ``web``."""
    return Provider.at(issuer, key_file=folder / "keys.json", clients=OidcClients.load(web=web))
