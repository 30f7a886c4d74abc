"""Access before anything else: who may not call a route learns nothing from its parameters or body.

FastAPI reads a body before it asks any dependency. This middleware finds the route first and asks the same question
that the route's own ``allow`` asks again; a route it failed to find is still guarded by that. Query parameters that the
route does not have are refused next. Pure ASGI.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.errors import DomainError, Unauthenticated, Unavailable
from shared.http.access import Access, stated_access
from shared.http.problem import from_domain
from shared.http.queries import names_of, require_known
from shared.telemetry.metrics import Metrics

_MISSING = "missing"
# Unchecked: the provider's keys cannot be had.
_REASONS: dict[type[DomainError], str] = {Unauthenticated: "refused", Unavailable: "unchecked"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guarded:
    path: re.Pattern[str]
    access: Access
    queries: frozenset[str] | None


class AccessGate:
    """Middleware; learns the application's routes at the first request, when there are no more to come."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._refused = metrics.counter(
            "tokens_refused", "Requests that were refused for want of a token that holds.", ("reason",)
        )
        for reason in (_MISSING, *_REASONS.values()):
            self._refused.labels(reason)
        self._guarded: dict[str, list[_Guarded]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            guarded = self._found(scope)
            if guarded is not None:
                try:
                    await guarded.access(Request(scope))
                    if guarded.queries is not None and scope["query_string"]:
                        require_known(scope["query_string"], guarded.queries)
                except DomainError as error:
                    self._count(scope, error)
                    await from_domain(error)(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    def _count(self, scope: Scope, error: DomainError) -> None:
        if reason := _REASONS.get(type(error)):
            has_token = any(name == b"authorization" for name, _ in scope["headers"])
            self._refused.labels(reason if has_token else _MISSING).inc()

    def _found(self, scope: Scope) -> _Guarded | None:
        if self._guarded is None:
            self._guarded = _guarded(scope["app"])
        path = scope["path"]
        for one in self._guarded.get(scope["method"], ()):
            if one.path.match(path):
                return one
        return None


def _guarded(app: FastAPI) -> dict[str, list[_Guarded]]:
    """Return the routes by method, in the order in which routing tries them."""
    guarded: dict[str, list[_Guarded]] = defaultdict(list)
    paths = app.openapi()["paths"]
    for route, roles in stated_access(app):
        for method in route.methods or ():
            queries = names_of(paths.get(route.path_format, {}).get("get", {})) if method == "GET" else None
            guarded[method].append(_Guarded(path=route.path_regex, access=Access(roles), queries=queries))
    return guarded
