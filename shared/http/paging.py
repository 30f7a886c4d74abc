"""Pages by cursor: opaque to callers, checked when it comes back, never trusted for access.

A cursor holds the sort key of the last item on the page. It is not signed: a forged one can only ask for another
page of what its owner may see anyway, because every query filters by the caller first.
"""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query

from shared.errors import FieldError, Invalid

_LONGEST = 1024
_LARGEST_INTEGER = 2**63 - 1

CursorParameter = Annotated[
    str | None, Query(alias="cursor", max_length=_LONGEST, description="`next` of the page before")
]
LimitParameter = Annotated[int, Query(alias="limit", ge=1, le=100, description="The most items on a page")]

CursorPart = str | int | float | bool | datetime | None


def encode_cursor(*parts: CursorPart) -> str:
    """Return the cursor of a sort key: text, numbers, truth values, aware datetimes, None."""
    written = [_written(part) for part in parts]
    text = json.dumps(written, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type | tuple[type, ...]) -> tuple[Any, ...]:
    """Return the sort key, one part per kind, or raise Invalid (422) naming the parameter ``cursor``.

    ``kinds`` are ``str``, ``int``, ``float``, ``bool``, ``datetime``, ``type(None)`` or tuples of them.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if len(cursor) > _LONGEST or not isinstance(parts, list):
            raise ValueError
        return tuple(_read(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, TypeError, KeyError, binascii.Error, RecursionError, OverflowError):
        raise bad_cursor() from None


def bad_cursor() -> Invalid:
    """Return the refusal of a cursor that we did not give out."""
    message = "Take the cursor from `next` of the page before, unchanged."
    error = FieldError(pointer="", parameter="query.cursor", code="cursor", message=message)
    return Invalid("The cursor is none of ours.", errors=(error,))


def _written(part: CursorPart) -> Any:
    if isinstance(part, datetime):
        return {"t": part.astimezone(UTC).isoformat()}
    return part


def _read(part: Any, kind: type | tuple[type, ...]) -> Any:
    value = datetime.fromisoformat(part["t"]).astimezone(UTC) if isinstance(part, dict) else part
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if type(value) not in kinds:
        raise ValueError(value)
    if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
        raise ValueError(value)
    if isinstance(value, str):
        value.encode()  # refuses lone surrogates
        if "\x00" in value:
            raise ValueError(value)
    return value
