"""Pages about the site itself."""

from fastapi import APIRouter
from starlette.responses import Response

from services.web.page.visit import Visitor


def about_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/accessibility")
    async def accessibility(visit: Visitor) -> Response:
        """The accessibility statement."""
        return await visit.page("about/accessibility.html")

    return router
