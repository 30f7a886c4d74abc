"""The endpoints of an organisation, and one of them: how it is, what it gets, what can be done."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from services.web.calls.api import Query, Refused
from services.web.page.forms import Form
from services.web.page.visit import Visit
from services.web.subscriptions.parts import (
    CONFLICT,
    HERE,
    EndpointId,
    Json,
    Subscriber,
    delivery,
    endpoint,
    find,
    path_of,
)
from services.web.subscriptions.words import came_to, happened, health, states, types

_LATEST: Final = 5


def overview_routes() -> APIRouter:
    router = APIRouter(prefix=HERE)

    @router.get("")
    async def everything(visit: Subscriber, cursor: str | None = None) -> Response:
        """Where publications are sent to, and how each address is."""
        found: Json = await visit.services.syndication.get("/webhooks", {"cursor": cursor})
        items = [endpoint(one) for one in found["items"]]
        return await visit.page(
            "subscriptions/list.html",
            items=[one | {"health": health(visit, one)} for one in items],
            organisation=visit.person.organisation if visit.person else None,
            more=found.get("next"),
            developers=visit.site.settings.syndication_address,
        )

    @router.get("/{endpoint_id}")
    async def one(visit: Subscriber, endpoint_id: EndpointId) -> Response:
        """One address."""
        latest: Query = {"limit": _LATEST}
        found, sent, terms = await asyncio.gather(
            find(visit, endpoint_id),
            visit.services.syndication.get(path_of(endpoint_id, "/deliveries"), latest),
            visit.terms("kinds", "sectors", "themes"),
        )
        return await visit.page(
            "subscriptions/endpoint.html",
            one=found | {"health": health(visit, found)},
            wanted=_wanted(visit, found, terms),
            deliveries=told_deliveries(visit, sent["items"]),
            more=bool(sent.get("next")),
        )

    @router.post("/{endpoint_id}/pause")
    async def pause(visit: Subscriber, endpoint_id: EndpointId, form: Form) -> Response:
        """Send nothing for now."""
        return await _done(visit, endpoint_id, "pause", form.once, visit._("Paused. What is published waits here."))

    @router.post("/{endpoint_id}/resume")
    async def resume(visit: Subscriber, endpoint_id: EndpointId, form: Form) -> Response:
        """Send again."""
        told = visit._("It goes on. First comes what has not arrived.")
        return await _done(visit, endpoint_id, "resume", form.once, told)

    @router.post("/{endpoint_id}/end-previous-secret")
    async def end_previous(visit: Subscriber, endpoint_id: EndpointId, form: Form) -> Response:
        """Sign with the newest secret alone."""
        told = visit._("From now on only the newest secret signs.")
        return await _done(visit, endpoint_id, "end-previous-secret", form.once, told)

    return router


async def _done(visit: Visit, endpoint_id: str, verb: str, once: str | None, told: str) -> Response:
    """Do it and say so; what is so already is no problem."""
    try:
        await visit.services.syndication.post(path_of(endpoint_id, f"/{verb}"), once=once)
    except Refused as refused:
        if refused.status != CONFLICT:
            raise
        told = visit._("That is so already.")
    return visit.go(f"{HERE}/{endpoint_id}", told=told)


def told_deliveries(visit: Visit, items: list[Json]) -> list[Json]:
    """Return deliveries with words for their codes."""
    words = states(visit)
    return [
        one
        | {
            "happened": happened(visit, one),
            "state_words": words[one["state"]],
            "came_to": came_to(visit, one["last_outcome"], one["last_status"]),
        }
        for one in map(delivery, items)
    ]


def _wanted(visit: Visit, one: Json, terms: dict[str, Any]) -> list[tuple[str, str]]:
    """What an endpoint gets: (what is looked at, which of them), only where not everything is wanted."""
    _, formats, filters = visit._, visit.formats, one["filters"]
    named = types(visit)

    def labels(name: str) -> list[str]:
        known = terms[name]
        return [known[code].label if code in known else code for code in filters.get(name) or ()]

    rows = [
        (_("When"), [named.get(name, name) for name in filters.get("types") or ()]),
        (_("Kind"), labels("kinds")),
        (_("Sector"), labels("sectors")),
        (_("Theme"), labels("themes")),
        (_("Country"), [formats.country(code) for code in filters.get("countries") or ()]),
        (_("Language"), [formats.language_name(tag) for tag in filters.get("languages") or ()]),
        (_("Organisation"), list(filters.get("organisations") or ())),
    ]
    return [(label, "; ".join(values)) for label, values in rows if values]
