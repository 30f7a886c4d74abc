"""What people see when something cannot be done: a page in plain words, with a way on."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Scope

from services.web.calls.api import Refused
from services.web.page.languages import SOURCE, accepted, supported
from services.web.page.site import Site
from services.web.page.visit import Visit
from shared.errors import DomainError
from shared.http.problem import internal
from shared.telemetry.trace import current_trace

_SIGN_IN = 401
_FORBIDDEN = 403
_NOT_FOUND = 404
_GONE = 410
_SERVER = 500


async def on_sign_in_first(request: Request, error: Exception) -> Response:
    """Send the visitor to sign in and back to this page; a form that was sent is told so instead."""
    del error
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response(status_code=204)  # which tells a browser not to come again (WHATWG HTML, section 9.2.3)
    if request.method == "GET":
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?{urlencode({'to': here})}", 303)
    return await _page(request, _SIGN_IN, "signed-out")


async def on_refused(request: Request, error: Exception) -> Response:
    """A service refused and the page did not expect it."""
    assert isinstance(error, Refused)  # noqa: S101 - this is how it is registered
    if error.status == _SIGN_IN:
        visit = await _visit_of(request)
        if visit.session:
            await visit.site.sessions.end(visit.session.key)
        return await on_sign_in_first(request, error)
    again = error.problem.get("retry_after")
    headers = {"retry-after": str(again)} if isinstance(again, int) else {}
    return await _page(request, error.status, error.code, headers=headers, detail=error.detail, errors=error.errors)


async def on_away(request: Request, error: Exception) -> Response:
    visit = await _visit_of(request)
    visit.site.measures.unanswered()
    visit.site.log.warning("a service does not answer", error=str(error))
    return await _page(request, 503, "unavailable")


async def on_domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101
    return await _page(request, error.status, error.code, headers=error.headers, detail=error.detail)


async def on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    return await _page(request, error.status_code, "", headers=dict(error.headers or {}))


async def on_wrong_parameters(request: Request, error: Exception) -> Response:
    """An address with parameters that no page of ours makes."""
    del error
    return await _page(request, _NOT_FOUND, "not-found")


def broken(site: Site) -> Callable[[Scope], Response]:
    """Return what answers when our own code failed: a page that needs no database, session or service."""

    def answer(scope: Scope) -> Response:
        request = Request(scope)
        if "application/json" in request.headers.get("accept", ""):
            return internal()  # one of our scripts asked
        known = supported(site.cookies.read(request, "language"))
        language = known or accepted(request.headers.get("accept-language", "")) or SOURCE
        trace = current_trace()
        page = site.templates.render("common/broken.html", language, {"trace": trace.trace_id if trace else "–"})
        return HTMLResponse(page, _SERVER, headers={"content-language": language})

    return answer


async def _page(request: Request, status: int, code: str, **more: Any) -> Response:
    visit = await _visit_of(request)
    trace = current_trace()
    return await visit.page(
        "common/error.html",
        status=status,
        kind=_kind(status),
        code=code,
        trace=trace.trace_id if trace and status >= _SERVER else None,
        **{"detail": "", "errors": [], **more},
    )


def _kind(status: int) -> str:
    named = {_SIGN_IN: "signed-out", _FORBIDDEN: "forbidden", _NOT_FOUND: "not-found", _GONE: "gone", 503: "away"}
    named |= {413: "too-large", 412: "stale", 405: "not-found", 429: "too-often"}
    return named.get(status, "broken" if status >= _SERVER else "refused")


async def _visit_of(request: Request) -> Visit:
    known = getattr(request.state, "visit", None)
    if isinstance(known, Visit):
        return known
    site = request.app.state.site
    visit = Visit(request, site, await site.session_of(request))
    request.state.visit = visit
    return visit
