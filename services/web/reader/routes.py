"""The pages of readers."""

from fastapi import APIRouter

from services.web.reader.practice_pages import practice_routes
from services.web.reader.search_pages import search_routes


def reader_routes() -> APIRouter:
    router = APIRouter()
    router.include_router(search_routes())
    router.include_router(practice_routes())
    return router
