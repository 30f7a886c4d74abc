"""The pages of coordinators, and the one that tells whether all is well."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.web.board.agreement import agreement_routes
from services.web.board.case import case_routes
from services.web.board.decision import decision_routes
from services.web.board.gaps import gap_routes
from services.web.board.listing import board_page
from services.web.board.need import OPEN, SHOWS
from services.web.board.take_down import take_down_routes
from services.web.board.trail import trail_routes
from services.web.board.well import well_routes
from services.web.page.visit import Coordinator


def board_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/board")
    async def board(visit: Coordinator, show: Annotated[str, Query(max_length=40)] = OPEN) -> Response:
        """Every case, what needs the coordinator most first."""
        return await board_page(visit, show if show in SHOWS else OPEN)

    router.include_router(gap_routes())  # its name is none of a case
    router.include_router(case_routes())
    router.include_router(decision_routes())
    router.include_router(trail_routes())
    router.include_router(take_down_routes())
    router.include_router(agreement_routes())
    router.include_router(well_routes())
    return router
