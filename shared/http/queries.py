"""Query parameters that a GET does not have are refused: a mistyped filter would silently find everything."""

from typing import Any
from urllib.parse import parse_qsl

from shared.errors import FieldError, Invalid

_MOST_NAMED = 20
_LONGEST_NAME = 40


def names_of(operation: dict[str, Any]) -> frozenset[str] | None:
    """Return the query parameters that an operation of an OpenAPI document has; None where it has none at all.

    One that has none is left alone: links to a single thing get parameters from mail programs and the like.
    """
    return frozenset(one["name"] for one in operation.get("parameters", ()) if one["in"] == "query") or None


def require_known(query: bytes, known: frozenset[str]) -> None:
    """Raise Invalid, naming each parameter that is not known, and those that are."""
    given = dict.fromkeys(name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    unknown = [name for name in given if name not in known]
    if not unknown:
        return
    allowed = tuple(sorted(known))
    message = f"There is no such parameter; there are: {', '.join(allowed)}."
    raise Invalid(
        errors=tuple(
            FieldError(
                pointer="", parameter=f"query.{_printable(name)}", code="unknown", message=message, allowed=allowed
            )
            for name in unknown[:_MOST_NAMED]
        )
    )


def _printable(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable())[:_LONGEST_NAME]
