"""The ledger, for administrators: what was sent, what was not and why. Addresses are masked."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.notifications.domain.addresses import Refused, read_address
from services.notifications.domain.ledger import State, message_id
from services.notifications.domain.person import Person
from services.notifications.forms import DeliveriesOut, DeliveryOut
from services.notifications.store import Records
from services.notifications.store.deliveries import Delivery
from shared.http.access import Role, allow
from shared.http.paging import CursorParameter, LimitParameter, decode_cursor, encode_cursor
from shared.http.reply import JsonResponse


def delivery_routes(records: Records, *, mail_domain: str) -> APIRouter:
    router = APIRouter(tags=["deliveries"], dependencies=[allow(Role.ADMINISTRATOR)])

    @router.get("/deliveries", response_model=DeliveriesOut)
    async def deliveries(
        state: Annotated[State | None, Query(description="Only mails in this state")] = None,
        doubtful: Annotated[bool, Query(description="Only mails that were ever in doubt")] = False,
        cursor: CursorParameter = None,
        limit: LimitParameter = 50,
    ) -> Response:
        """Return the mails of the ledger, the newest first, with how many are in each state."""
        place = decode_cursor(cursor, datetime, str) if cursor else None
        found = await records.deliveries.page(
            state=state, doubtful=doubtful, before=(place[0], place[1]) if place else None, limit=limit + 1
        )
        people = await records.people.known({one.person_id for one in found})
        last = found[limit - 1] if len(found) > limit else None
        return JsonResponse(
            DeliveriesOut(
                items=[_told(one, people.get(one.person_id), mail_domain) for one in found[:limit]],
                counts=await records.deliveries.counts(),
                doubtful=await records.deliveries.doubtful(),
                next=encode_cursor(last.entry.queued_at, last.key) if last else None,
            )
        )

    return router


def _told(one: Delivery, person: Person | None, mail_domain: str) -> DeliveryOut:
    return DeliveryOut(
        key=one.key,
        message_id=message_id(one.key, mail_domain),
        kind=one.kind_name,
        person_id=one.person_id,
        address=_mask(person),
        state=one.entry.state,
        attempts=one.entry.attempts,
        doubts=one.entry.doubts,
        reason=one.entry.reason,
        queued_at=one.entry.queued_at,
        next_attempt_at=one.entry.not_before,
        ended_at=one.ended_at,
    )


def _mask(person: Person | None) -> str | None:
    if person is None or not person.email:
        return None
    try:
        return read_address(person.email).mask
    except Refused:
        return None
