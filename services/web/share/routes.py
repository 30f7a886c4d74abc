"""All pages of sharing, those with a name of their own before those of the steps."""

from fastapi import APIRouter

from services.web.share.begun import start_routes
from services.web.share.files import file_routes
from services.web.share.finish import finish_routes
from services.web.share.languages import language_routes
from services.web.share.stepped import step_routes


def share_routes() -> APIRouter:
    router = APIRouter()
    for part in (start_routes(), file_routes(), language_routes(), finish_routes(), step_routes()):
        router.include_router(part)
    return router
