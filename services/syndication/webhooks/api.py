"""HTTP in: endpoints of webhooks."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from services.syndication.webhooks.bodies import EndpointBody, EndpointPatch, RotateBody
from services.syndication.webhooks.domain.endpoint import Endpoint
from services.syndication.webhooks.manage import Managing
from services.syndication.webhooks.replies import Replies
from services.syndication.webhooks.shapes import EndpointOut, EndpointPage, EndpointWithSecret
from services.syndication.webhooks.sight import listed, seen
from services.syndication.webhooks.views import told, told_new
from shared.http.access import Principal, Role, allow
from shared.http.etag import IfMatch, etag
from shared.http.idempotency import idempotently
from shared.http.paging import CursorParameter, LimitParameter, encode_cursor
from shared.http.reply import JsonResponse, Reply
from shared.store.client import Store
from shared.store.outbox import Transaction
from shared.text import Line

WHO: Final = (Role.MEMBER, Role.COORDINATOR, Role.ADMINISTRATOR)
Caller = Annotated[Principal, allow(*WHO)]
EndpointId = Annotated[str, Path(min_length=1, max_length=64)]


def endpoint_routes(store: Store, managing: Managing) -> APIRouter:
    """Return the routes of endpoints: making, reading, changing, removing."""
    router = APIRouter(prefix="/webhooks", tags=["webhooks"])
    endpoints, deliveries = managing.hooks.endpoints, managing.hooks.deliveries
    replies = Replies(store=store, managing=managing)

    @router.get("", response_model=EndpointPage)
    async def list_endpoints(
        who: Caller,
        organisation: Annotated[
            Annotated[str, Line(128)] | None, Query(description="Only of this one, for those who see all")
        ] = None,
        cursor: CursorParameter = None,
        limit: LimitParameter = 50,
    ) -> Response:
        """List the endpoints of the caller's organisation, the oldest first; who coordinates sees all."""
        found = await listed(endpoints, who, organisation=organisation, cursor=cursor, limit=limit + 1)
        items = await told(deliveries, found[:limit], who, store.clock())
        return JsonResponse(EndpointPage(items=items, next=encode_cursor(items[-1].id) if len(found) > limit else None))

    @router.post("", response_model=EndpointWithSecret, status_code=201)
    async def make_endpoint(body: EndpointBody, who: Caller, request: Request) -> Response:
        """Make an endpoint. Its secret is in this answer and in no other."""
        await managing.reach.check(body.url)

        async def act(tx: Transaction) -> Reply:
            endpoint = await managing.make(tx, who, body)
            headers = {"ETag": etag(endpoint.version), "Location": f"/webhooks/{endpoint.id}"}
            return Reply(status=201, body=told_new(endpoint, who, tx.now), headers=headers)

        return await replies.with_secret(await idempotently(request, who, store, act))

    @router.get("/{endpoint_id}", response_model=EndpointOut)
    async def get_endpoint(endpoint_id: EndpointId, who: Caller) -> Response:
        """Return an endpoint, with its version in the ETag."""
        return await replies.of(await seen(endpoints, who, endpoint_id), who)

    @router.patch("/{endpoint_id}", response_model=EndpointOut)
    async def change_endpoint(endpoint_id: EndpointId, body: EndpointPatch, version: IfMatch, who: Caller) -> Response:
        """Change what is given."""
        await seen(endpoints, who, endpoint_id)  # before a stranger may have us look up names
        if "url" in body.model_fields_set:
            await managing.reach.check(body.url)

        async def act(tx: Transaction) -> Endpoint:
            return await managing.change(tx, who, endpoint_id, body, version)

        return await replies.of(await store.transact(act), who)

    @router.delete("/{endpoint_id}", status_code=204)
    async def remove_endpoint(endpoint_id: EndpointId, version: IfMatch, who: Caller) -> Response:
        """Remove an endpoint and its log. Administrators may remove anybody's."""

        async def act(tx: Transaction) -> None:
            await managing.remove(tx, who, endpoint_id, version)

        await store.transact(act)
        return Response(status_code=204)

    return router


def action_routes(store: Store, managing: Managing) -> APIRouter:
    """Return the routes of what is done with an endpoint."""
    router = APIRouter(prefix="/webhooks/{endpoint_id}", tags=["webhooks"])
    replies = Replies(store=store, managing=managing)

    @router.post("/pause", response_model=EndpointOut)
    async def pause_endpoint(endpoint_id: EndpointId, who: Caller, request: Request) -> Response:
        """Send it nothing for now; what is published waits. Administrators may pause anybody's."""
        return await replies.changed(request, who, lambda tx: managing.pause(tx, who, endpoint_id))

    @router.post("/resume", response_model=EndpointOut)
    async def resume_endpoint(endpoint_id: EndpointId, who: Caller, request: Request) -> Response:
        """Send again, paused or disabled; first of all what did not arrive."""
        return await replies.changed(request, who, lambda tx: managing.resume(tx, who, endpoint_id))

    @router.post("/rotate-secret", response_model=EndpointWithSecret)
    async def rotate_secret(
        endpoint_id: EndpointId, who: Caller, request: Request, body: RotateBody | None = None
    ) -> Response:
        """Give it a new secret, told in this answer and in no other; the one before signs as well for a while."""
        overlap = timedelta(hours=(body or RotateBody()).overlap_hours)
        answer = await replies.changed(request, who, lambda tx: managing.rotate(tx, who, endpoint_id, overlap))
        return await replies.with_secret(answer)

    @router.post("/end-previous-secret", response_model=EndpointOut)
    async def end_previous_secret(endpoint_id: EndpointId, who: Caller, request: Request) -> Response:
        """Sign with the newest secret alone from now on."""
        return await replies.changed(request, who, lambda tx: managing.end_previous(tx, who, endpoint_id))

    return router
