"""A new secret, which is shown once; removing an endpoint."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from services.web.calls.api import Refused
from services.web.page.forms import Form
from services.web.subscriptions.editing import NO_STORE, seen
from services.web.subscriptions.parts import CONFLICT, HERE, NOT_FOUND, STALE, EndpointId, Subscriber, find, path_of

OVERLAPS: Final = ("24", "168", "0")


def ending_routes() -> APIRouter:
    router = APIRouter(prefix=HERE)

    @router.get("/{endpoint_id}/rotate")
    async def ask_rotate(visit: Subscriber, endpoint_id: EndpointId) -> Response:
        """What a new secret means, and for how long the old one goes on."""
        return await visit.page("subscriptions/rotate.html", one=await find(visit, endpoint_id))

    @router.post("/{endpoint_id}/rotate")
    async def rotate(visit: Subscriber, endpoint_id: EndpointId, form: Form) -> Response:
        """Make a new secret and show it."""
        hours = form.text("overlap", OVERLAPS[0])
        body = {"overlap_hours": int(hours if hours in OVERLAPS else OVERLAPS[0])}
        try:
            made = await visit.services.syndication.post(path_of(endpoint_id, "/rotate-secret"), body, once=form.once)
        except Refused as refused:
            if refused.status != CONFLICT:
                raise
            return visit.go(f"{HERE}/{endpoint_id}", told=refused.detail, kind="problem")
        return await visit.page(
            "subscriptions/secret.html",
            one=made,
            first=False,
            developers=visit.site.settings.syndication_address,
            headers=NO_STORE,
        )

    @router.get("/{endpoint_id}/remove")
    async def ask_remove(visit: Subscriber, endpoint_id: EndpointId) -> Response:
        """What is lost, and one question."""
        return await visit.page("subscriptions/remove.html", one=await find(visit, endpoint_id))

    @router.post("/{endpoint_id}/remove")
    async def remove(visit: Subscriber, endpoint_id: EndpointId, form: Form) -> Response:
        """Remove it with its log."""
        try:
            await visit.services.syndication.ask("DELETE", path_of(endpoint_id), if_match=seen(form))
        except Refused as refused:
            if refused.status == STALE:
                told = visit._("Somebody changed it after you opened this page. Look at it again.")
                return visit.go(f"{HERE}/{endpoint_id}/remove", told=told, kind="problem")
            if refused.status != NOT_FOUND:  # sent twice
                raise
        return visit.go(HERE, told=visit._("Removed. Nothing is sent there any more."))

    return router
