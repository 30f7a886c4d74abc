"""Endpoints and deliveries as callers are told them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.syndication.domain.filters import Filter
from services.syndication.filter_parameters import FilterBody
from services.syndication.webhooks.domain.attempt import KEPT_BODY_BYTES, Attempt
from services.syndication.webhooks.domain.endpoint import Endpoint
from services.syndication.webhooks.domain.sending import HEADERS
from services.syndication.webhooks.shapes import (
    AttemptOut,
    DeliveryDetail,
    DeliveryOut,
    EndpointOut,
    RequestOut,
    ResponseOut,
)
from services.syndication.webhooks.sight import is_theirs
from services.syndication.webhooks.store.deliveries import Deliveries, Delivery
from shared.http.access import Principal


async def told(
    deliveries: Deliveries, endpoints: Sequence[Endpoint], who: Principal, now: datetime
) -> list[EndpointOut]:
    """Tell endpoints with what waits for each."""
    waiting = await deliveries.waiting([one.id for one in endpoints])
    return [_endpoint(one, who, now, waiting.get(one.id)) for one in endpoints]


def told_new(endpoint: Endpoint, who: Principal, now: datetime) -> EndpointOut:
    """Tell an endpoint for which nothing can wait yet."""
    return _endpoint(endpoint, who, now, None)


def _endpoint(one: Endpoint, who: Principal, now: datetime, waiting: tuple[int, datetime] | None) -> EndpointOut:
    previous = one.previous_secret(now)
    return EndpointOut(
        id=one.id,
        organisation=one.organisation,
        name=one.name,
        url=one.url,
        filters=_filters(one.filter),
        ordered=one.ordered,
        state=one.state,
        reason=one.reason,
        failing_since=one.failing_since,
        quiet_until=one.quiet_until,
        secret_made_at=one.secrets[0].made_at,
        previous_secret_ends_at=previous.ends_at if previous else None,
        waiting=waiting[0] if waiting else 0,
        oldest_waiting_at=waiting[1] if waiting else None,
        created_at=one.created_at,
        changed_at=one.changed_at,
        version=one.version,
        is_owner=one.owner_id == who.person_id,
        may_change=is_theirs(who, one),
    )


def _filters(wanted: Filter) -> FilterBody:
    # Checked when they came in; a code may have fallen out of use since.
    return FilterBody.model_construct(None, **{name: tuple(codes) for name, codes in wanted.as_json().items()})


def told_delivery(one: Delivery) -> DeliveryOut:
    return DeliveryOut(**_delivery(one))


def told_in_full(one: Delivery, body: bytes) -> DeliveryDetail:
    """Tell a delivery with the log of its attempts; ``body`` is what was sent, the same each time."""
    return DeliveryDetail(**_delivery(one), log=[_attempt(attempt, body) for attempt in one.tries])


def _delivery(one: Delivery) -> Mapping[str, object]:
    last = one.tries[-1].answer if one.tries else None
    return {
        "event_id": one.event_id,
        "type": one.type,
        "subject": one.about,
        "test": one.is_test,
        "state": one.state,
        "attempts": one.attempts,
        "replays": one.replays,
        "queued_at": one.queued_at,
        "next_attempt_at": one.due_at,
        "ended_at": one.ended_at,
        "last_outcome": last.outcome if last else None,
        "last_status": last.status if last else None,
    }


def _attempt(one: Attempt, body: bytes) -> AttemptOut:
    answer = one.answer
    response = None
    if answer.status is not None:
        text = answer.body.decode("utf-8", "replace")
        response = ResponseOut(status=answer.status, headers=dict(answer.headers), body=text, truncated=answer.cut)
    return AttemptOut(
        at=one.at,
        seconds=one.seconds,
        outcome=answer.outcome,
        error=answer.error,
        request=RequestOut(
            method="POST",
            url=one.url,
            headers={**HEADERS, **one.sent},
            body=body[:KEPT_BODY_BYTES].decode("utf-8", "replace"),
            truncated=len(body) > KEPT_BODY_BYTES,
        ),
        response=response,
    )
