"""The unread count as it changes, over HTTP."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from services.notifications.api import SignedIn
from services.notifications.live import Live
from services.notifications.sign_in import learn
from services.notifications.store import Records
from shared.http.event_stream import EventStream, documented
from shared.store.client import Store

_TOLD: Final = "The count, now and whenever it changes"
_DATA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["unread"],
    "properties": {"unread": {"type": "integer", "minimum": 0}},
}


def live_routes(store: Store, records: Records, live: Live) -> APIRouter:
    """Return the route of a person's own count, live."""
    router = APIRouter(prefix="/inbox", tags=["inbox"])
    events = documented(_TOLD, name="unread", data=_DATA)

    @router.get("/live", status_code=200, response_class=EventStream, responses=events)
    async def follow(principal: SignedIn) -> Response:
        """Tell how many entries are unread, now and whenever that changes, as server-sent events.

        It ends after some minutes, and with the service: come again, as browsers do by themselves. 503 when too many
        listen.
        """
        person = await learn(store, records, principal)
        return EventStream(live.stream(person.person_id))

    return router
