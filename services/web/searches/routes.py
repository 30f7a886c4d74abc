"""All pages of this room."""

from fastapi import APIRouter

from services.web.searches.keeping import keeping_routes
from services.web.searches.outside import outside_routes
from services.web.searches.overview import overview_routes


def searches_routes() -> APIRouter:
    router = APIRouter()
    for part in (overview_routes(), outside_routes(), keeping_routes()):
        router.include_router(part)
    return router
