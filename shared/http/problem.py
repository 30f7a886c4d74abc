"""Every refusal as ``application/problem+json`` (RFC 9457) with a stable ``type`` and the fields that are wrong.

A problem never repeats what was sent, names no internals and carries the trace id that finds it in the logs.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pymongo.errors import ConnectionFailure, PyMongoError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import DomainError, FieldError, Malformed, NotFound
from shared.http.access import methods_at
from shared.http.reply import json_bytes
from shared.http.validation import RequestValidationError, from_validation
from shared.telemetry.trace import current_trace

MEDIA_TYPE = "application/problem+json"
METHOD_NOT_ALLOWED = 405
TYPE_BASE = "https://practice-exchange.eu/problems/"

# What the framework itself refuses, in the codes of our own errors.
_CODES = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "timeout",
    409: "conflict",
    410: "gone",
    412: "stale",
    413: "too-large",
    415: "unsupported-media-type",
    416: "range-not-satisfiable",
    422: "invalid",
    428: "precondition-required",
    429: "too-many-requests",
    500: "internal",
    503: "unavailable",
}
# A type has one title, whoever refuses (RFC 9457, section 3.1.3).
_TITLES = {kind.status: kind.title for kind in (Malformed, NotFound)}


class Refused(HTTPException):
    """A DomainError on its way through code of the framework that lets only HTTPException pass (reading a body)."""

    def __init__(self, error: DomainError) -> None:
        super().__init__(error.status, error.detail)
        self.error = error


def type_of(code: str) -> str:
    """Return the stable URI of a kind of problem."""
    return TYPE_BASE + code


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    errors: tuple[FieldError, ...] = (),
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem response; ``extra`` members stand beside the standard ones and never replace them."""
    body: dict[str, Any] = dict(extra or {})
    body |= {"type": type_of(code), "title": title, "status": status, "detail": detail}
    if errors:
        body["errors"] = [_told(error) for error in errors]
    if trace := current_trace():
        body["trace_id"] = trace.trace_id
    return Response(json_bytes(body), status, dict(headers or {}), MEDIA_TYPE)


def from_domain(error: DomainError) -> Response:
    """Tell what the domain refuses."""
    return problem(
        error.status,
        error.code,
        error.title,
        error.detail,
        errors=error.errors,
        extra=error.extra,
        headers=error.headers,
    )


def from_status(status: int, detail: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """Tell what the framework refuses: no such route, wrong method."""
    phrase = HTTPStatus(status).phrase
    title = _TITLES.get(status, phrase)
    told = detail if detail and detail != phrase else title
    return problem(status, _CODES.get(status, f"http-{status}"), title, told, headers=headers)


def internal() -> Response:
    """Tell that we failed, and nothing else."""
    return problem(500, "internal", "Something went wrong", "It is our fault; the trace id tells us where to look.")


async def on_domain_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101  # registered for this type
    return from_domain(error)


async def on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this type
    if isinstance(error, Refused):
        return from_domain(error.error)
    headers = dict(error.headers or {})
    if error.status_code == METHOD_NOT_ALLOWED:
        # Routing names the methods of the first route of this address only; each of ours has a route of its own.
        headers["Allow"] = ", ".join(methods_at(request.app, request.url.path)) or headers.get("Allow", "")
    return from_status(error.status_code, error.detail, headers)


async def on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this type
    return from_domain(from_validation(error, request.headers.get("content-type")))


async def on_database_error(_request: Request, error: Exception) -> Response:
    """A database that is away or too busy is no fault in the request: 503, and worth trying again."""
    assert isinstance(error, PyMongoError)  # noqa: S101  # registered for this type
    if not is_passing(error):
        raise error
    return problem(
        503,
        "unavailable",
        "This cannot be done just now",
        "The record cannot be reached. Try again shortly.",
        headers={"Retry-After": "2"},
    )


def is_passing(error: PyMongoError) -> bool:
    """Return whether trying again later can help."""
    return isinstance(error, ConnectionFailure) or error.timeout or error.has_error_label("TransientTransactionError")


def _told(error: FieldError) -> dict[str, Any]:
    told: dict[str, Any] = {"parameter": error.parameter} if error.parameter else {"pointer": error.pointer}
    told |= {"code": error.code, "message": error.message}
    if error.allowed:
        told["allowed"] = list(error.allowed)
    return told
