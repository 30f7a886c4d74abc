"""Files that every page needs, and the pages that belong to no room."""

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.web.page.assets import FOR_EVER, Assets

_CLOSED = ("/sign-in", "/signed-in", "/share", "/mine", "/reviews", "/board", "/search/export.", "/subscriptions")
_ROBOTS = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in _CLOSED)


def asset_routes(assets: Assets) -> APIRouter:
    router = APIRouter()

    @router.get("/static/{name}")
    async def static(name: str, request: Request) -> Response:
        """Return a file; its address changes with its content, so browsers may keep it for ever."""
        asset = assets.at(f"/static/{name}")
        if asset is None:
            raise HTTPException(404)
        small = "gzip" in request.headers.get("accept-encoding", "")
        headers = {"cache-control": FOR_EVER, "vary": "Accept-Encoding"}
        if small:
            headers["content-encoding"] = "gzip"
        return Response(asset.compressed if small else asset.content, headers=headers, media_type=asset.media_type)

    @router.get("/robots.txt")
    async def robots(request: Request) -> Response:
        """What programs leave alone (RFC 9309), and where the sitemap is."""
        text = f"{_ROBOTS}\nSitemap: {request.app.state.site.settings.origin}/sitemap.xml\n"
        return Response(text, media_type="text/plain", headers={"cache-control": "public, max-age=86400"})

    return router
