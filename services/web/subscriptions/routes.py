"""The routes of this room."""

from fastapi import APIRouter

from services.web.subscriptions.editing import editing_routes
from services.web.subscriptions.ending import ending_routes
from services.web.subscriptions.overview import overview_routes
from services.web.subscriptions.sending import sending_routes


def subscription_routes() -> APIRouter:
    router = APIRouter()
    for routes in (editing_routes(), ending_routes(), sending_routes(), overview_routes()):
        router.include_router(routes)
    return router
