"""Is everything well? Every service asked at once, none waited for longer than a few seconds."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from services.web.board.wellness import Health, Json, of_mail, of_search, of_service, silent
from services.web.calls.api import Api, Away, Refused
from services.web.page.forms import Form
from services.web.page.visit import Administrator, Overseer, Visit
from shared.http.access import Role

PATIENCE_SECONDS: Final = 4.0  # a service tells how it is within three, also while what it stands on is silent
LATELY: Final = timedelta(days=7)
_MAILS: Final = 20


def well_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/well")
    async def well(visit: Overseer) -> Response:
        """Whether everything is well, in one sentence first; then what is not, and what to do about it."""
        _ = visit._
        services = visit.services
        titles = {
            "submissions": _("Contributions and practices"),
            "review": _("Reviews and decisions"),
            "notifications": _("Inbox and mails"),
            "search": _("Finding practices"),
            "syndication": _("Telling other systems"),
        }
        found = await asyncio.gather(
            _service(visit, "submissions", titles["submissions"], services.submissions),
            _service(visit, "review", titles["review"], services.review),
            _service(visit, "notifications", titles["notifications"], services.notifications),
            _search(visit, titles["search"]),
            _service(visit, "syndication", titles["syndication"], services.syndication),
            _mail(visit),
        )
        healths = [one for one in found if one is not None]
        return await visit.page(
            "board/well.html",
            healths=healths,
            problems=sum(len(one.findings) for one in healths),
            at=datetime.now(UTC),
        )

    @router.post("/well/rebuild")
    async def rebuild(visit: Administrator, form: Form) -> Response:
        """Make the search index anew, beside the one that answers."""
        await visit.services.search.post("/rebuild", once=form.once)
        return visit.go("/well", told=visit._("A new index is being made. Search answers all the while."))

    return router


async def _service(visit: Visit, name: str, title: str, api: Api) -> Health:
    status = await _within(api.get("/status"))
    return of_service(visit, name, title, status) if status is not None else silent(visit, name, title)


async def _search(visit: Visit, title: str) -> Health:
    api = visit.services.search
    status, letters = await asyncio.gather(_within(api.get("/status")), _within(api.get("/status/dead-letters")))
    return of_search(visit, title, status, letters) if status is not None else silent(visit, "search", title)


async def _mail(visit: Visit) -> Health | None:
    """How mails arrive, for administrators; None for others, and while notifications does not answer."""
    if not visit.is_a(Role.ADMINISTRATOR):
        return None
    api = visit.services.notifications
    pages = await asyncio.gather(
        *(
            _within(api.get("/deliveries", {"state": state, "limit": _MAILS}))
            for state in ("failed", "bounced", "queued")
        )
    )
    if any(page is None for page in pages):
        return None
    failed, bounced, queued = (page["items"] for page in pages if page is not None)
    since = datetime.now(UTC) - LATELY
    given_up = [mail for mail in (*failed, *bounced) if _since(mail, since)]
    return of_mail(visit, visit._("Mails"), given_up, [mail for mail in queued if mail["attempts"]])


def _since(mail: Json, since: datetime) -> bool:
    return datetime.fromisoformat(mail["ended_at"] or mail["queued_at"]) >= since


async def _within(ask: Awaitable[Any]) -> Any | None:
    """Return an answer, or None when there is none in time."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await ask
    except (Away, Refused, TimeoutError):
        return None
