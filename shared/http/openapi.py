"""The OpenAPI document: what FastAPI writes, plus who may call each route and every problem it may answer with."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.http.access import access_of
from shared.http.idempotency import HEADER
from shared.http.problem import MEDIA_TYPE

_SCHEMA = {"$ref": "#/components/schemas/Problem"}
_BEARER = "bearer"

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Stable; what kind of problem it is"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "trace_id": {"type": "string", "description": "Finds this request in the logs"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901, into the body"},
                    "parameter": {"type": "string", "examples": ["query.limit", "header.If-Match"]},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "allowed": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}
_IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[A-Za-z0-9._:-]+$"},
    "description": "Makes the request safe to repeat for 48 hours: it has its effect once.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return ``responses=`` for the refusals of a route: ``responses=problems(404, 409)``.

    401, 403, 503, and 400, 404, 412, 413, 415, 422, 428 where the route has what brings them, are added by themselves.
    """
    return {status: _response(status) for status in statuses}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the document of an application made by ``create_app``."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        description=app.description,
        routes=app.routes,
        separate_input_output_schemas=app.separate_input_output_schemas,
    )
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    for framework_schema in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(framework_schema, None)
    components["securitySchemes"] = {_BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for access in access_of(app):
        operation = document["paths"].get(access.path, {}).get(access.method.lower())
        if operation is not None:
            _complete(operation, access.method, access.roles, path=access.path)
    return document


def _complete(operation: dict[str, Any], method: str, roles: frozenset[str] | None, *, path: str) -> None:
    parameters = operation.setdefault("parameters", [])
    operation["x-roles"] = sorted(roles) if roles is not None else "public"
    statuses = {503}
    if roles is not None:
        operation["security"] = [{_BEARER: []}]
        statuses |= {401, 403}
        if method == "POST":
            parameters.append(_IDEMPOTENCY_KEY)
            statuses |= {400, 409, 422}
    if "{" in path:
        statuses |= {404}
    if any(one["name"] == "If-Match" for one in parameters):
        statuses |= {400, 412, 428}
    if parameters:
        statuses |= {422}
    if "requestBody" in operation:
        statuses |= {400, 413, 415, 422}
    responses = operation["responses"]
    responses.pop("422", None) if _is_frameworks(responses.get("422")) else None
    for status in statuses:
        responses.setdefault(str(status), _response(status))
    operation["responses"] = dict(sorted(responses.items()))


def _is_frameworks(response: Any) -> bool:
    return response is not None and "HTTPValidationError" in str(response)


def _response(status: int) -> dict[str, Any]:
    return {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
