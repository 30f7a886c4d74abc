"""Making an endpoint and changing it."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from services.web.calls.api import Refused
from services.web.page.forms import Form, Posted
from services.web.page.visit import Visit
from services.web.subscriptions.filters import Errors, body_of, shown, wrong_with
from services.web.subscriptions.parts import (
    CONFLICT,
    HERE,
    STALE,
    UNPROCESSABLE,
    EndpointId,
    Json,
    Subscriber,
    find,
    path_of,
)
from services.web.subscriptions.words import types

NO_STORE: Final = {"cache-control": "no-store"}


def editing_routes() -> APIRouter:
    router = APIRouter(prefix=HERE)

    @router.get("/new")
    async def new(visit: Subscriber) -> Response:
        """The form of an address that publications are sent to."""
        return await _form(visit, shown({}))

    @router.post("/new")
    async def make(visit: Subscriber, form: Form) -> Response:
        """Make it, and show its secret. Sent twice, it is the same one."""
        body = body_of(form)
        try:
            made = await visit.services.syndication.post("/webhooks", body, once=form.once)
        except Refused as refused:
            if refused.status == CONFLICT:
                return visit.go(HERE, told=refused.detail, kind="problem")
            return await _refused(visit, refused, shown(body))
        return await visit.page(
            "subscriptions/secret.html",
            one=made,
            first=True,
            developers=visit.site.settings.syndication_address,
            headers=NO_STORE,
        )

    @router.get("/{endpoint_id}/change")
    async def edit(visit: Subscriber, endpoint_id: EndpointId) -> Response:
        """The same form, filled in."""
        one = await find(visit, endpoint_id)
        return await _form(visit, shown(one), one=one)

    @router.post("/{endpoint_id}/change")
    async def change(visit: Subscriber, endpoint_id: EndpointId, form: Form) -> Response:
        """Change it."""
        body = body_of(form)
        try:
            await visit.services.syndication.ask("PATCH", path_of(endpoint_id), body=body, if_match=seen(form))
        except Refused as refused:
            if refused.status == STALE:
                told = visit._("Somebody changed it after you opened this page. Look at it again; nothing was kept.")
                return visit.go(f"{HERE}/{endpoint_id}/change", told=told, kind="problem")
            return await _refused(visit, refused, shown(body), one=await find(visit, endpoint_id))
        return visit.go(f"{HERE}/{endpoint_id}", told=visit._("Changed. It holds from the next event on."))

    return router


def seen(form: Posted) -> str:
    """Return the version that the page of this form showed, as an If-Match."""
    version = form.text("seen")
    return f'"{version}"' if version.isascii() and version.isdigit() else '"0"'


async def _refused(visit: Visit, refused: Refused, typed: Json, *, one: Json | None = None) -> Response:
    if refused.status != UNPROCESSABLE or not refused.errors:
        raise refused
    return await _form(visit, typed, one=one, errors=wrong_with(visit, refused))


async def _form(visit: Visit, typed: Json, *, one: Json | None = None, errors: Errors | None = None) -> Response:
    terms = await visit.terms("kinds", "sectors", "themes")
    context: dict[str, Any] = {
        "one": one,
        "typed": typed,
        "errors": errors or [],
        "wrong": {error["field"]: error["text"] for error in errors or ()},
        "types": list(types(visit).items()),
        "terms": {name: [(term.code, term.label) for term in found.values()] for name, found in terms.items()},
    }
    return await visit.page("subscriptions/form.html", status=UNPROCESSABLE if errors else 200, **context)
