"""Around every request: its trace, its line in the log, its measurement, and a clean end if the code failed.

Pure ASGI. Lines and labels name the route's template, never the address asked for, which may hold ids and secrets.
"""

from collections.abc import Callable
from time import perf_counter, time_ns

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problem import internal
from shared.telemetry.logs import Log
from shared.telemetry.metrics import Metrics
from shared.telemetry.spans import Kind
from shared.telemetry.trace import Trace, parse, resumed, step_after

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_SERVER_ERROR = 500
_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})


def _internal(_scope: Scope) -> Response:
    return internal()


class Observe:
    """The outermost middleware. ``failed`` makes the answer to a request whose code failed."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, log: Log, failed: Callable[[Scope], Response] = _internal
    ) -> None:
        self._app = app
        self._failed = failed
        self._metrics = metrics
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-trace-id", trace.trace_id.encode())]
            await send(message)

        caller = _caller(scope)
        with resumed(step_after(caller)) as trace:
            try:
                await self._app(scope, receive, watched)
            except Exception:
                self._log.exception("request failed", route=route_of(scope))
                if status:
                    raise  # half an answer is out; only cutting the connection tells the caller
                await self._failed(scope)(scope, receive, watched)
            finally:
                self._tell(scope, status or 499, perf_counter() - begun, trace, caller)

    def _tell(self, scope: Scope, status: int, seconds: float, trace: Trace, caller: Trace | None) -> None:
        route = route_of(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.observe_request(method=method, route=route, status=status, seconds=seconds)
        if route in _QUIET:
            return
        self._log.info("request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1))
        if spans := self._metrics.spans:
            now = time_ns()
            spans.ended(
                f"{method} {route}",
                trace,
                parent=caller,
                kind=Kind.SERVER,
                began=now - round(seconds * 1e9),
                ended=now,
                attributes={
                    "http.request.method": method,
                    "http.route": route,
                    "http.response.status_code": status,
                },
                failed=status >= _SERVER_ERROR,
            )


def route_of(scope: Scope) -> str:
    """Return the template of the route that took the request, or ``none``."""
    known = scope.get("fastapi", {}).get("effective_route_context")
    template = getattr(known, "path_format", None) or getattr(scope.get("route"), "path_format", None)
    return template or "none"


def _caller(scope: Scope) -> Trace | None:
    """Return the caller's step, if it told one.

    Never what happens to be current: a server that resumes reading from a connection inside one request leaves that
    request's context to the next on the same connection.
    """
    for name, value in scope["headers"]:
        if name == b"traceparent" and (told := parse(str(value, "latin-1"))):
            return told
    return None
