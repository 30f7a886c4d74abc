"""What a person was told: the inbox, its live count, and what they want to be told at all."""

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.web.calls.api import Away, Query, Refused
from services.web.inbox.zones import Zones, known_zone, zones
from services.web.page.forms import Form, Posted
from services.web.page.visit import SignedIn, Visit
from shared.http.access import Role
from shared.http.event_stream import EventStream

PAGE = 20
_LONGEST_CURSOR = 500
_STALE = 412
# Whom a kind concerns; what is for readers is for everybody.
_FOR = {
    "author": (Role.MEMBER,),
    "reviewer": (Role.REVIEWER,),
    "coordinator": (Role.COORDINATOR,),
    "reader": tuple(Role),
    "subscriber": (Role.MEMBER, Role.COORDINATOR, Role.ADMINISTRATOR),
}


def inbox_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/inbox")
    async def inbox(visit: SignedIn, only: str = "", cursor: str | None = None) -> Response:
        """What the person was told, the newest first."""
        query: Query = {
            "limit": PAGE,
            "unread": only == "unread",
            "cursor": (cursor or "")[:_LONGEST_CURSOR],
            "language": visit.language,
        }
        try:
            found = await visit.services.notifications.get("/inbox", query)
        except Refused:
            if not cursor:
                raise
            return visit.go("/inbox")  # a cursor that is not ours any more
        return await visit.page(
            "inbox/inbox.html",
            notices=[_shown(visit, notice) for notice in found["items"]],
            next=found["next"],
            only="unread" if only == "unread" else "",
            first=cursor is None,
        )

    @router.get("/inbox/live")
    async def live(visit: SignedIn) -> Response:
        """The count of unread entries as it changes (server-sent events)."""
        visit.close()
        return EventStream(visit.site.passing.events(visit.services.notifications, "/inbox/live"))

    @router.post("/inbox/read")
    async def read_everything(visit: SignedIn, form: Form) -> Response:
        await visit.services.notifications.post("/inbox/read", once=form.once)
        return visit.go("/inbox", told=visit._("Everything is marked as read."))

    @router.post("/inbox/{notice_id}/read")
    async def read_one(notice_id: str, visit: SignedIn, form: Form) -> Response:
        """Mark one entry as read, and go where it leads if that was asked."""
        await visit.services.notifications.post(f"/inbox/{notice_id}/read")
        return visit.go(form.text("to") or "/inbox")

    return router


def preference_routes() -> APIRouter:
    router = APIRouter()
    zones_in: dict[str, Zones] = {}

    def zones_for(visit: Visit) -> Zones:
        if visit.language not in zones_in:
            zones_in[visit.language] = zones(visit.formats.locale)
        return zones_in[visit.language]

    @router.get("/preferences")
    async def preferences(visit: SignedIn) -> Response:
        """What a person is told, by which way and how often; their language and time zone."""
        me, chosen = await asyncio.gather(
            visit.services.notifications.ask("GET", "/me"),
            visit.services.notifications.ask("GET", "/preferences", query={"language": visit.language}),
        )
        return await visit.page(
            "inbox/preferences.html",
            me=me.body,
            me_tag=me.etag or "",
            groups=_groups(visit, chosen.body),
            chosen=chosen.body,
            chosen_tag=chosen.etag or "",
            zones=zones_for(visit),
        )

    @router.post("/preferences")
    async def choose(visit: SignedIn, form: Form) -> Response:
        body = {"kinds": _chosen(form)}
        match = form.text("tag") or None
        try:
            await visit.services.notifications.ask("PUT", "/preferences", body=body, if_match=match)
        except Refused as refusal:
            return _not_kept(visit, refusal)
        return visit.go("/preferences", told=visit._("Your choices are kept."))

    @router.post("/preferences/me")
    async def set_me(visit: SignedIn, form: Form) -> Response:
        zone = form.text("time_zone")
        body: dict[str, Any] = {
            "language": form.text("language") or None,
            "time_zone": zone if known_zone(zone) else None,
            "retry_address": form.has("retry_address"),
        }
        try:
            await visit.services.notifications.ask("PUT", "/me", body=body, if_match=form.text("tag") or None)
        except Refused as refusal:
            return _not_kept(visit, refusal)
        return visit.go("/preferences", told=visit._("Your settings are kept."))

    return router


def unsubscribe_routes() -> APIRouter:
    """The address in every mail: passed on to notifications, whose page and rules it is (RFC 8058)."""
    router = APIRouter()

    @router.get("/unsubscribe/{token}")
    async def show(token: str, request: Request) -> Response:
        return await _passed_on(request, token)

    @router.post("/unsubscribe/{token}")
    async def stop(token: str, request: Request) -> Response:
        """Without sign-in, cookies or the token of a form: what may be stopped stands in the address."""
        return await _passed_on(request, token)

    return router


async def _passed_on(request: Request, token: str) -> Response:
    site = request.app.state.site
    if not token.isalnum() and not all(sign.isalnum() or sign in "-_" for sign in token):
        return RedirectResponse("/unsubscribe/unknown", 303)
    answer = await site.http.request(
        request.method,
        f"{str(site.settings.notifications_url).rstrip('/')}/unsubscribe/{token}",
        params=request.query_params,
        headers={"accept": request.headers.get("accept", "*/*")},
    )
    if answer.is_error and "text/html" in request.headers.get("accept", ""):
        if answer.is_server_error:
            raise Away(f"unsubscribe: status {answer.status_code}")
        raise Refused(answer.status_code, answer.json())
    kept = ("content-type", "content-security-policy", "content-language", "cache-control")
    headers = {name: answer.headers[name] for name in kept if name in answer.headers}
    return Response(answer.content, answer.status_code, headers)


def _not_kept(visit: Visit, refusal: Refused) -> Response:
    if refusal.status == _STALE:
        return visit.go(
            "/preferences",
            told=visit._("These settings were changed elsewhere meanwhile. Look at them again; nothing was kept."),
            kind="problem",
        )
    raise refusal


def _shown(visit: Visit, notice: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with a link within this site."""
    origin = visit.site.settings.origin
    link = str(notice["link"])
    return notice | {"to": link.removeprefix(origin) if link.startswith(f"{origin}/") else "/inbox"}


def _groups(visit: Visit, chosen: dict[str, Any]) -> list[tuple[str, list[tuple[str, dict[str, Any]]], bool]]:
    """Group the kinds by whom they concern: (audience, kinds with their settings, whether it is for this person)."""
    groups: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for kind, settings in chosen["kinds"].items():
        groups.setdefault(settings["audience"], []).append((kind, settings))
    return [(audience, kinds, visit.is_a(*_FOR[audience])) for audience, kinds in groups.items()]


def _chosen(form: Posted) -> dict[str, dict[str, str]]:
    """Read ``<kind>.<channel>`` fields."""
    kinds: dict[str, dict[str, str]] = {}
    for name in form.names():
        kind, dot, channel = name.partition(".")
        if dot:
            kinds.setdefault(kind, {})[channel] = form.text(name)
    return kinds
