"""What several pages of this room share."""

from typing import Annotated, Any, Final

from fastapi import Depends, Path

from services.web.page.visit import SignedIn, Visit
from shared.errors import Forbidden
from shared.http.access import Role

Json = dict[str, Any]
EndpointId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
EventId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$")]

NOT_FOUND: Final = 404
CONFLICT: Final = 409
STALE: Final = 412
UNPROCESSABLE: Final = 422
HERE: Final = "/subscriptions"
_ENDPOINT: Final = ("reason", "failing_since", "quiet_until", "previous_secret_ends_at", "oldest_waiting_at")
_DELIVERY: Final = ("next_attempt_at", "ended_at", "last_outcome", "last_status")


def _may_subscribe(visit: SignedIn) -> Visit:
    if not visit.is_a(Role.MEMBER, Role.COORDINATOR, Role.ADMINISTRATOR):
        raise Forbidden("Your roles do not allow this.")
    return visit


Subscriber = Annotated[Visit, Depends(_may_subscribe)]


def path_of(endpoint_id: str, more: str = "") -> str:
    """Return the address of an endpoint, the same here as at the service."""
    return f"/webhooks/{endpoint_id}{more}"


async def find(visit: Visit, endpoint_id: str) -> Json:
    """Read an endpoint. Raises Refused (404) when it is another organisation's."""
    return endpoint(await visit.services.syndication.get(path_of(endpoint_id)))


def endpoint(given: Json) -> Json:
    """Return an endpoint with None for what it does not have."""
    return dict.fromkeys(_ENDPOINT) | given


def delivery(given: Json) -> Json:
    """Return a delivery with None for what it does not have."""
    return dict.fromkeys(_DELIVERY) | given
