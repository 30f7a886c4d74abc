"""``GET /status``: what a service tells of itself to those who look after it."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from shared.http.access import Principal, Role, allow
from shared.http.reply import JsonResponse
from shared.status.look import Look
from shared.status.shapes import ServiceStatus

Caretaker = Annotated[Principal, allow(Role.COORDINATOR, Role.ADMINISTRATOR, Role.SYSTEM)]


def status_router(look: Look) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["operation"])

    @router.get("/status", response_model=ServiceStatus)
    async def status(_: Caretaker) -> Response:
        """Tell whether everything is well, and what is not: also while the database or NATS does not answer."""
        return JsonResponse(await look())

    return router
