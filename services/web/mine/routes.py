"""All pages of this room, those with a name of their own before those of one contribution."""

from fastapi import APIRouter

from services.web.mine.answers import answer_routes
from services.web.mine.history import history_routes
from services.web.mine.imports import import_routes
from services.web.mine.life import life_routes
from services.web.mine.overview import overview_routes
from services.web.mine.steps import step_routes


def mine_routes() -> APIRouter:
    router = APIRouter()
    for part in (
        overview_routes(),
        import_routes(),
        answer_routes(),
        history_routes(),
        step_routes(),
        life_routes(),
    ):
        router.include_router(part)
    return router
