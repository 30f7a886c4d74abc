"""What was sent to an endpoint and what came back; a test; sending again."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.web.calls.api import Refused
from services.web.page.forms import Form
from services.web.page.visit import Visit
from services.web.subscriptions.overview import told_deliveries
from services.web.subscriptions.parts import (
    HERE,
    NOT_FOUND,
    UNPROCESSABLE,
    EndpointId,
    EventId,
    Json,
    Subscriber,
    find,
    path_of,
)
from services.web.subscriptions.words import came_to, states

KEPT_DAYS: Final = 90
_TEST_SECONDS: Final = 4.0  # a test is waited for so long, since most answer at once
_EVERY_SECONDS: Final = 0.25
State = Annotated[str | None, Query(pattern=r"^(waiting|delivered|failed)$")]


def sending_routes() -> APIRouter:
    router = APIRouter(prefix=HERE + "/{endpoint_id}")

    @router.post("/test")
    async def test(visit: Subscriber, endpoint_id: EndpointId, form: Form) -> Response:
        """Send a test, wait a moment for what comes of it, and show that."""
        sent = await visit.services.syndication.post(path_of(endpoint_id, "/test"), once=form.once)
        await _settled(visit, endpoint_id, sent["event_id"])
        return visit.go(f"{HERE}/{endpoint_id}/deliveries/{sent['event_id']}")

    @router.get("/deliveries")
    async def log(
        visit: Subscriber, endpoint_id: EndpointId, state: State = None, cursor: str | None = None
    ) -> Response:
        """Everything that was sent or waits, the newest first."""
        asked = {"state": state, "cursor": cursor}
        one, found = await asyncio.gather(
            find(visit, endpoint_id), visit.services.syndication.get(path_of(endpoint_id, "/deliveries"), asked)
        )
        return await visit.page(
            "subscriptions/log.html",
            one=one,
            deliveries=told_deliveries(visit, found["items"]),
            states=states(visit),
            state=state,
            more=found.get("next"),
        )

    @router.get("/deliveries/{event_id}")
    async def delivery(visit: Subscriber, endpoint_id: EndpointId, event_id: EventId) -> Response:
        """One event: every attempt with what was sent and what came back."""
        one, found = await asyncio.gather(
            find(visit, endpoint_id), visit.services.syndication.get(path_of(endpoint_id, f"/deliveries/{event_id}"))
        )
        (told,) = told_deliveries(visit, [found])
        attempts = [_attempt(visit, attempt) for attempt in reversed(found.get("log") or [])]
        return await visit.page("subscriptions/delivery.html", one=one, delivery=told, attempts=attempts)

    @router.post("/deliveries/{event_id}/again")
    async def again(visit: Subscriber, endpoint_id: EndpointId, event_id: EventId, form: Form) -> Response:
        """Send one event again."""
        here = f"/deliveries/{event_id}"
        await visit.services.syndication.post(path_of(endpoint_id, f"{here}/replay"), once=form.once)
        return visit.go(f"{HERE}/{endpoint_id}{here}", told=visit._("It is sent again."))

    @router.get("/replay")
    async def ask_replay(visit: Subscriber, endpoint_id: EndpointId) -> Response:
        """Days whose events are to be sent again."""
        return await _replay_page(visit, await find(visit, endpoint_id), {})

    @router.post("/replay")
    async def replay(visit: Subscriber, endpoint_id: EndpointId, form: Form) -> Response:
        """Send them."""
        typed = {name: form.text(name) for name in ("since", "until")}
        body, errors = _days(visit, typed)
        if not errors:
            try:
                done = await visit.services.syndication.post(path_of(endpoint_id, "/replay"), body, once=form.once)
            except Refused as refused:
                errors = _refused(visit, refused)
            else:
                n = done["queued"]
                told = visit.ngettext("{n} event is sent again.", "{n} events are sent again.", n).format(n=n)
                return visit.go(f"{HERE}/{endpoint_id}/deliveries", told=told)
        return await _replay_page(visit, await find(visit, endpoint_id), typed, errors)

    return router


async def _settled(visit: Visit, endpoint_id: str, event_id: str) -> None:
    try:
        async with asyncio.timeout(_TEST_SECONDS):
            while True:
                found = await visit.services.syndication.get(path_of(endpoint_id, f"/deliveries/{event_id}"))
                if found["state"] != "waiting":
                    return
                await asyncio.sleep(_EVERY_SECONDS)
    except TimeoutError:
        return


def _attempt(visit: Visit, one: Json) -> Json:
    response = one.get("response")
    status = response["status"] if response else None
    return one | {"came_to": came_to(visit, one["outcome"], status), "response": response, "error": one.get("error")}


def _days(visit: Visit, typed: dict[str, str]) -> tuple[Json, list[dict[str, str]]]:
    """Read whole days in UTC, the last one included."""
    _, today = visit._, datetime.now(UTC).date()
    since, until = (_day(typed[name]) for name in ("since", "until"))
    errors = []
    if since is None or not today - timedelta(days=KEPT_DAYS) <= since <= today:
        errors.append({"field": "since", "text": _("Choose a day of the last {n} days.").format(n=KEPT_DAYS)})
    if typed["until"] and (until is None or (since and until < since)):
        errors.append({"field": "until", "text": _("Choose a day after the first, or leave this empty.")})
    if errors or since is None:
        return {}, errors
    body = {"since": datetime.combine(since, time(), UTC).isoformat()}
    if until and until < today:
        body["until"] = datetime.combine(until + timedelta(days=1), time(), UTC).isoformat()
    return body, []


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _refused(visit: Visit, refused: Refused) -> list[dict[str, str]]:
    _ = visit._
    if refused.status == NOT_FOUND and refused.detail.startswith("There is no event"):
        return [{"field": "since", "text": _("Nothing that this address wants happened on these days.")}]
    if refused.status == UNPROCESSABLE:
        return [{"field": "until", "text": _("Choose fewer days: too many events happened on these.")}]
    raise refused


async def _replay_page(
    visit: Visit, one: Json, typed: dict[str, str], errors: list[dict[str, str]] | None = None
) -> Response:
    today = datetime.now(UTC).date()
    return await visit.page(
        "subscriptions/replay.html",
        status=UNPROCESSABLE if errors else 200,
        one=one,
        typed=typed,
        errors=errors or [],
        wrong={error["field"]: error["text"] for error in errors or ()},
        first=(today - timedelta(days=KEPT_DAYS)).isoformat(),
        last=today.isoformat(),
    )
