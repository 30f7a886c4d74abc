"""``GET /status``: what a service tells of itself to those who look after it; and its dead letters alone, for a service
whose ``/status`` is everybody's.
"""

from typing import Annotated

from fastapi import APIRouter
from nats.aio.client import Client
from nats.errors import Error as NatsError
from starlette.responses import Response

from shared.errors import Unavailable
from shared.http.access import Principal, Role, allow
from shared.http.reply import JsonResponse
from shared.status.letters import letters
from shared.status.look import NEWEST_LETTERS, Look
from shared.status.shapes import LettersStatus, ServiceStatus

Caretaker = Annotated[Principal, allow(Role.COORDINATOR, Role.ADMINISTRATOR, Role.SYSTEM)]


def status_router(look: Look) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["operation"])

    @router.get("/status", response_model=ServiceStatus)
    async def status(_: Caretaker) -> Response:
        """Tell whether everything is well, and what is not: also while the database or NATS does not answer."""
        return JsonResponse(await look())

    return router


def letters_router(connection: Client, filed_by: str) -> APIRouter:
    """Return the route ``/status/dead-letters`` of what is filed under this name."""
    router = APIRouter(tags=["operation"])

    @router.get("/status/dead-letters", response_model=LettersStatus)
    async def dead_letters(_: Caretaker) -> Response:
        """Tell how many events could not be handled, and the newest of them."""
        if not connection.is_connected:
            raise Unavailable("NATS does not answer.")
        try:
            return JsonResponse(await letters(connection, filed_by, most=NEWEST_LETTERS))
        except (NatsError, TimeoutError) as error:
            raise Unavailable("The dead letters cannot be read.") from error

    return router
