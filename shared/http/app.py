"""How every service's HTTP application is put together: one function, nothing hidden.

A request passes, from the outside in: security headers, observation (trace, log line, metric, last resort for errors),
access, body limits, routing, the route.
"""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from shared.errors import DomainError
from shared.http.access import Verifier, routes_without_access
from shared.http.cors import OpenToEveryOrigin
from shared.http.gate import AccessGate
from shared.http.head import HeadAsGet
from shared.http.headers import SecurityHeaders
from shared.http.health import Check, health_router
from shared.http.limits import MEBIBYTE, BodyLimits
from shared.http.observe import Observe
from shared.http.openapi import describe
from shared.http.problem import on_database_error, on_domain_error, on_http_exception, on_validation_error
from shared.http.problem_types import problem_types_router
from shared.rates.rates import Rates
from shared.telemetry.logs import Log
from shared.telemetry.metrics import Metrics


def create_app(
    *,
    service: str,
    version: str,
    routers: Sequence[APIRouter],
    verifier: Verifier,
    checks: Mapping[str, Check],
    metrics: Metrics,
    log: Log,
    description: str = "",
    json_bytes: int = MEBIBYTE,
    body_bytes: int = MEBIBYTE,
    open_paths: Sequence[str] = (),
    rates: Rates | None = None,
) -> FastAPI:
    """Return the application of a service.

    ``checks`` are what ``/health/ready`` asks, by name; each raises when it fails. ``json_bytes`` and ``body_bytes``
    bound JSON and other bodies; ``open_paths`` may be read by pages of any origin; ``rates`` hold for the routes that
    are limited. Raises ValueError when a route does not state who may call it.
    """
    app = FastAPI(
        title=f"Practice Exchange: {service}",
        version=version,
        description=description,
        docs_url=None,  # the pages load scripts from elsewhere; our Content-Security-Policy forbids that
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # we have our own
        middleware=[
            Middleware(HeadAsGet),
            Middleware(SecurityHeaders),
            *([Middleware(OpenToEveryOrigin, paths=open_paths)] if open_paths else ()),
            Middleware(Observe, metrics=metrics, log=log),
            Middleware(AccessGate, metrics=metrics),
            Middleware(BodyLimits, json_bytes=json_bytes, body_bytes=body_bytes),
        ],
        exception_handlers={
            DomainError: on_domain_error,
            HTTPException: on_http_exception,
            RequestValidationError: on_validation_error,
            PyMongoError: on_database_error,
        },
    )
    app.state.verifier = verifier
    app.state.service = service
    app.state.rates = rates
    for router in (*routers, health_router(checks=checks, metrics=metrics, log=log), problem_types_router()):
        app.include_router(router)
    if silent := routes_without_access(app):
        raise ValueError(f"these routes do not state who may call them: {', '.join(silent)}")
    document = describe(app)
    app.openapi = lambda: document  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app
