"""What pydantic and FastAPI find wrong with a request, told with JSON pointers (RFC 6901) and the allowed values."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from shared.errors import DomainError, FieldError, Invalid, Malformed, UnsupportedMedia
from shared.wording import pointer, worded

__all__ = ["RequestValidationError", "from_validation"]

# pydantic writes the repr of each: single quotes, or double ones around an apostrophe.
_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_JSON_TYPE = re.compile(r"application/(?:[\w.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)
_MOST_ERRORS = 200


def from_validation(error: RequestValidationError, content_type: str | None) -> DomainError:
    """Return 415 for a body that is not JSON, 400 for JSON that cannot be read, else 422 with every wrong field."""
    found = error.errors()
    if isinstance(error.body, bytes) and not _JSON_TYPE.fullmatch(content_type or ""):
        return UnsupportedMedia("Send the body as application/json.", headers={"Accept": "application/json"})
    if any(one["type"] == "json_invalid" for one in found):
        return Malformed("The body is not valid JSON.")
    return Invalid(errors=tuple(_of(one, *_place(one, error.body)) for one in found[:_MOST_ERRORS]))


def _place(found: Mapping[str, Any], body: Any) -> tuple[str, str]:
    source, *rest = found["loc"] or ("body",)
    if source == "body":
        return pointer(*_steps(found, rest, body)), ""
    # Of a parameter given several times, the name is what the caller knows; the number of the value is our reading.
    return "", ".".join([str(source), *map(str, rest[:1])])


def _steps(found: Mapping[str, Any], location: Sequence[Any], body: Any) -> list[str | int]:
    """Follow a location through the body: what leads nowhere is pydantic's own (a union's branch, a function)."""
    steps: list[str | int] = []
    for number, step in enumerate(location):
        if (isinstance(body, dict) and step in body) or (isinstance(body, list) and step in range(len(body))):
            body = body[step]
            steps.append(step)
        elif number == len(location) - 1 and found["type"] == "missing":
            steps.append(step)
    return steps


def _of(found: Mapping[str, Any], place: str, parameter: str) -> FieldError:
    kind = str(found["type"])
    code, message = worded(kind, str(found["msg"]))
    allowed = _allowed(kind, found.get("ctx") or {})
    return FieldError(pointer=place, code=code, message=message, allowed=allowed, parameter=parameter)


def _allowed(kind: str, context: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the values that would do: our own errors list them, pydantic writes them as text."""
    listed = context.get("allowed", getattr(context.get("error"), "allowed", ()))
    if listed and isinstance(listed, list | tuple | set | frozenset):
        return tuple(map(str, listed))
    expected = context.get("expected", context.get("expected_tags"))
    if kind in ("enum", "literal_error", "union_tag_invalid") and isinstance(expected, str):
        return tuple(a or b for a, b in _QUOTED.findall(expected)) or tuple(re.split(r", | or ", expected))
    return ()
