"""What a request body may be before anything reads it: its size, and for JSON (RFC 8259, I-JSON RFC 7493) its form.

Pure ASGI. JSON bodies are read here and handed on whole; other bodies stream through a counter. Refused are JSON that
is no JSON, no UTF-8, nested deeper than ``DEEPEST``, of more than ``MOST_VALUES`` values, with numbers that not every
JSON reader shares (beyond 2^53, infinite), with NUL or a lone surrogate in any text: things that break parsers,
MongoDB or a log further on, or take a reader long.
"""

import re
from typing import Any

from pydantic_core import from_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import DomainError, FieldError, Invalid, Malformed, TooLarge
from shared.http.problem import Refused, from_domain
from shared.wording import pointer

DEEPEST = 32
MOST_VALUES = 50_000
LARGEST_INTEGER = 2**53 - 1
MEBIBYTE = 1024 * 1024

_NUMBER = re.compile(rb"[0-9]{1,20}")
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class BodyLimits:
    """Middleware: ``json_bytes`` bounds JSON bodies, ``body_bytes`` all others (files)."""

    def __init__(self, app: ASGIApp, *, json_bytes: int = MEBIBYTE, body_bytes: int = MEBIBYTE) -> None:
        self._app = app
        self._json_bytes = json_bytes
        self._body_bytes = body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_json = scope["method"] not in _BODILESS and _says_json(scope)
        most = self._json_bytes if is_json else self._body_bytes
        try:
            if _length(scope) > most:
                raise _too_large(most)
            if is_json:
                body = await _read(receive, most)
                check_json(body)
                receive = _again(body, receive)
            else:
                receive = _counted(receive, most)
        except DomainError as error:
            await from_domain(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _says_json(scope: Scope) -> bool:
    """Whether any Content-Type could be taken for JSON by any reader: what slips through here is read unchecked."""
    return any(
        name == b"content-type" and b"json" in value.partition(b";")[0].lower() for name, value in scope["headers"]
    )


def _length(scope: Scope) -> int:
    values = [value for name, value in scope["headers"] if name == b"content-length"]
    return max((int(value) for value in values if _NUMBER.fullmatch(value)), default=0)


def check_json(body: bytes) -> None:
    """Raise Malformed (400) for what cannot be read, Invalid (422) with its pointer for what may not stand there."""
    if not body.strip(b" \t\r\n"):
        return  # no body: whether one is needed is the route's to say
    try:
        document = from_json(body, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        if "recursion limit" in str(error):
            raise _too_deep("") from None
        raise Malformed(f"The body is not valid JSON: {error}.") from None
    _check(document, has_nul=b"\\u0000" in body)


def _check(document: Any, *, has_nul: bool) -> None:
    """Walk without recursion; places are kept as linked pairs and only spelt out for an error."""
    waiting: list[tuple[Any, Any, int]] = [(document, None, 1)]
    values = 0
    while waiting:
        value, place, depth = waiting.pop()
        kind = type(value)
        if kind is dict or kind is list:
            if depth > DEEPEST:
                raise _too_deep(_spelt(place))
            values += len(value)
            if values > MOST_VALUES:
                raise _refused("", "too-many-values", f"Send at most {MOST_VALUES} values.")
            if has_nul and kind is dict and any("\x00" in key for key in value):
                raise _refused(_spelt(place), "nul", "Names may not hold NUL.")
            items = value.items() if kind is dict else enumerate(value)
            waiting += [
                (inner, (place, key), depth + 1)
                for key, inner in items
                if type(inner) is not str or (has_nul and "\x00" in inner)
            ]
        elif kind is str and has_nul and "\x00" in value:
            raise _refused(_spelt(place), "nul", "Text may not hold NUL.")
        elif kind is int and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise _refused(_spelt(place), "integer-too-large", f"Integers go from -{2**53 - 1} to {2**53 - 1}.")
        elif kind is float and value - value != 0:
            raise _refused(_spelt(place), "number-too-large", "The number is too large.")


def _spelt(place: Any) -> str:
    steps: list[str | int] = []
    while place is not None:
        place, step = place
        steps.append(step)
    return pointer(*reversed(steps))


def _refused(place: str, code: str, message: str) -> Invalid:
    return Invalid(errors=(FieldError(pointer=place, code=code, message=message),))


def _too_deep(place: str) -> Invalid:
    return _refused(place, "too-deep", f"Nest at most {DEEPEST} levels.")


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"Send at most {most} bytes.", extra={"limit": most})


async def _read(receive: Receive, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)  # gone; the application finds out by itself
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _too_large(most)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def hand_on() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return hand_on


def _counted(receive: Receive, most: int) -> Receive:
    size = 0

    async def count() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise Refused(_too_large(most))
        return message

    return count
