"""HTTP in: what was sent to an endpoint and what came back; sending again; the test ping."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from services.syndication.store import EventLog
from services.syndication.webhooks.api import Caller, EndpointId
from services.syndication.webhooks.bodies import ReplayBody
from services.syndication.webhooks.manage import Managing
from services.syndication.webhooks.replay import Replaying
from services.syndication.webhooks.shapes import DeliveryDetail, DeliveryPage, Replayed, TestSent
from services.syndication.webhooks.sight import seen
from services.syndication.webhooks.store.deliveries import Delivery, DeliveryState
from services.syndication.webhooks.views import told_delivery, told_in_full
from shared.errors import NotFound
from shared.http.idempotency import idempotently
from shared.http.paging import CursorParameter, LimitParameter, decode_cursor, encode_cursor
from shared.http.reply import JsonResponse, Reply
from shared.store.client import Store
from shared.store.outbox import Transaction

EventId = Annotated[str, Path(min_length=1, max_length=64)]


def delivery_routes(managing: Managing, log: EventLog) -> APIRouter:
    """Return the routes that tell what was sent."""
    router = APIRouter(prefix="/webhooks/{endpoint_id}", tags=["webhooks"])
    endpoints, deliveries = managing.hooks.endpoints, managing.hooks.deliveries

    @router.get("/deliveries", response_model=DeliveryPage)
    async def list_deliveries(
        endpoint_id: EndpointId,
        who: Caller,
        state: Annotated[DeliveryState | None, Query(description="Only those in this state")] = None,
        cursor: CursorParameter = None,
        limit: LimitParameter = 50,
    ) -> Response:
        """List what was sent and what waits, the last queued first. It is kept for 90 days."""
        await seen(endpoints, who, endpoint_id)
        (before,) = decode_cursor(cursor, int) if cursor else (None,)
        found = await deliveries.page(endpoint_id, state=state, before=before, limit=limit + 1)
        more = encode_cursor(found[limit - 1].position) if len(found) > limit else None
        return JsonResponse(DeliveryPage(items=[told_delivery(one) for one in found[:limit]], next=more))

    @router.get("/deliveries/{event_id}", response_model=DeliveryDetail)
    async def get_delivery(endpoint_id: EndpointId, event_id: EventId, who: Caller) -> Response:
        """Return one delivery with requests and responses of its last attempts."""
        await seen(endpoints, who, endpoint_id)
        delivery = await deliveries.get(endpoint_id, event_id)
        if delivery is None:
            raise NotFound("This event was not sent to this endpoint.")
        return JsonResponse(told_in_full(delivery, await _body(delivery)))

    async def _body(delivery: Delivery) -> bytes:
        if delivery.body is not None:
            return delivery.body
        return (await log.bodies([delivery.event_id])).get(delivery.event_id, b"")

    return router


def sending_routes(store: Store, managing: Managing, log: EventLog) -> APIRouter:
    """Return the routes by which something is sent on request."""
    router = APIRouter(prefix="/webhooks/{endpoint_id}", tags=["webhooks"])
    replaying = Replaying(hooks=managing.hooks, log=log)

    @router.post("/test", response_model=TestSent, status_code=202)
    async def send_test(endpoint_id: EndpointId, who: Caller, request: Request) -> Response:
        """Send a test ping, once and out of turn, paused or not. Its delivery tells what came back."""

        async def act(tx: Transaction) -> Reply:
            event_id = await managing.test(tx, who, endpoint_id)
            place = f"/webhooks/{endpoint_id}/deliveries/{event_id}"
            return Reply(status=202, body=TestSent(event_id=event_id), headers={"Location": place})

        return await idempotently(request, who, store, act)

    @router.post("/deliveries/{event_id}/replay", response_model=Replayed, status_code=202)
    async def replay_one(endpoint_id: EndpointId, event_id: EventId, who: Caller, request: Request) -> Response:
        """Send one event again, or at last: any public event of the last 90 days."""

        async def act(tx: Transaction) -> Reply:
            await replaying.one(tx, who, endpoint_id, event_id)
            return Reply(status=202, body=Replayed(queued=1))

        return await idempotently(request, who, store, act)

    @router.post("/replay", response_model=Replayed, status_code=202)
    async def replay_range(endpoint_id: EndpointId, body: ReplayBody, who: Caller, request: Request) -> Response:
        """Send the events of a range of time again, in their order: at most 5,000, of the last 90 days."""

        async def act(tx: Transaction) -> Reply:
            queued = await replaying.range(tx, who, endpoint_id, body.since, body.until)
            return Reply(status=202, body=Replayed(queued=queued))

        return await idempotently(request, who, store, act)

    return router
