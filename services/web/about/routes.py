"""Pages about the site itself."""

from fastapi import APIRouter
from starlette.responses import Response

from services.web.page.visit import Visitor


def about_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/about")
    async def about(visit: Visitor) -> Response:
        return await visit.page("about/about.html")

    @router.get("/developers")
    async def developers(visit: Visitor) -> Response:
        """How other systems hear of what is published here."""
        return await visit.page("about/developers.html", at=visit.site.settings.syndication_address)

    @router.get("/accessibility")
    async def accessibility(visit: Visitor) -> Response:
        """The accessibility statement."""
        return await visit.page("about/accessibility.html", contact=visit.site.settings.contact)

    return router
