"""The pages and files of this room."""

from fastapi import APIRouter

from services.web.reuse.citation_pages import citation_routes
from services.web.reuse.export_pages import export_routes
from services.web.reuse.passing_on import passing_routes


def reuse_routes() -> APIRouter:
    router = APIRouter()
    router.include_router(export_routes())
    router.include_router(citation_routes())
    router.include_router(passing_routes())
    return router
