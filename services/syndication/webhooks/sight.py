"""Who may see an endpoint and who may change it. Another organisation's does not exist for its members."""

from collections.abc import Sequence

from services.syndication.webhooks.domain.endpoint import Endpoint
from services.syndication.webhooks.store import Endpoints
from services.syndication.webhooks.store.endpoints import Session
from shared.errors import Forbidden, NotFound
from shared.http.access import Principal, Role
from shared.http.paging import decode_cursor

_SEE_ALL = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


def sees_all(who: Principal) -> bool:
    return not _SEE_ALL.isdisjoint(who.roles)


def is_theirs(who: Principal, endpoint: Endpoint) -> bool:
    return who.organisation == endpoint.organisation


def own_organisation(who: Principal) -> str:
    """Return the organisation that the caller acts for; raises Forbidden where their account names none."""
    if who.organisation is None:
        raise Forbidden("Your account names no organisation, and an endpoint belongs to one.")
    return who.organisation


async def listed(
    endpoints: Endpoints, who: Principal, *, organisation: str | None, cursor: str | None, limit: int
) -> Sequence[Endpoint]:
    """Return a page of the endpoints that the caller may see; ``organisation`` is for those who see all."""
    after = decode_cursor(cursor, str)[0] if cursor else None
    whose = organisation if sees_all(who) else who.organisation
    if whose is None and not sees_all(who):
        return ()
    return await endpoints.page(organisation=whose, after=after, limit=limit)


async def seen(endpoints: Endpoints, who: Principal, endpoint_id: str, session: Session = None) -> Endpoint:
    """Return an endpoint that the caller may see; raises NotFound."""
    endpoint = await endpoints.get(endpoint_id, session)
    if endpoint is None or not (is_theirs(who, endpoint) or sees_all(who)):
        raise NotFound("There is no such endpoint.")
    return endpoint


async def changeable(
    endpoints: Endpoints, who: Principal, endpoint_id: str, session: Session, *, by_administrators: bool = False
) -> Endpoint:
    """Return an endpoint that the caller may change; raises NotFound or, where they may only see it, Forbidden.

    What stops an endpoint may be done ``by_administrators`` too.
    """
    endpoint = await seen(endpoints, who, endpoint_id, session)
    if is_theirs(who, endpoint) or (by_administrators and Role.ADMINISTRATOR in who.roles):
        return endpoint
    raise Forbidden("Only the people of its organisation may do this.")
