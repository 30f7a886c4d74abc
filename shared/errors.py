"""Errors of the domain, each with a stable code and the HTTP status that tells it (RFC 9110, RFC 9457).

``Transient`` and ``Permanent`` are for consumers of events: the first is tried again later, the second goes to
the dead letters with its reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One wrong or missing field.

    ``pointer`` is an RFC 6901 JSON pointer into the body, ``code`` is stable, ``message`` says how to mend it,
    ``allowed`` lists the values that would do, where there is a list. What is wrong outside the body has an empty
    pointer and ``parameter``: ``query.limit``, ``path.id``, ``header.If-Match``.
    """

    pointer: str
    code: str
    message: str
    allowed: tuple[str, ...] = ()
    parameter: str = ""


class DomainError(Exception):
    """What the domain refuses, with the words that tell a person why."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Something went wrong"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: tuple[FieldError, ...] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = errors
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


class Malformed(DomainError):
    """The request cannot be read at all."""

    status = 400
    code = "malformed"
    title = "The request cannot be read"


class Unauthenticated(DomainError):
    status = 401
    code = "unauthenticated"
    title = "Sign in to do this"


class Forbidden(DomainError):
    status = 403
    code = "forbidden"
    title = "You may not do this"


class NotFound(DomainError):
    status = 404
    code = "not-found"
    title = "There is nothing here"


class Conflict(DomainError):
    """The present state does not allow it; ``extra`` may say until when or why."""

    status = 409
    code = "conflict"
    title = "The present state does not allow this"


class Gone(DomainError):
    status = 410
    code = "gone"
    title = "This was withdrawn"


class Stale(DomainError):
    """Another change came first: If-Match names a version that is no longer the present one."""

    status = 412
    code = "stale"
    title = "Somebody changed this meanwhile"


class TooLarge(DomainError):
    status = 413
    code = "too-large"
    title = "This is too large"


class UnsupportedMedia(DomainError):
    status = 415
    code = "unsupported-media-type"
    title = "This kind of content is not accepted"


class RangeNotSatisfiable(DomainError):
    status = 416
    code = "range-not-satisfiable"
    title = "That part of the file does not exist"


class Invalid(DomainError):
    """Fields are wrong or missing; ``errors`` lists every one."""

    status = 422
    code = "invalid"
    title = "Some fields need another value"


class PreconditionRequired(DomainError):
    """RFC 6585, section 3: the change must say which version it changes."""

    status = 428
    code = "precondition-required"
    title = "Say which version you change"


class TooManyRequests(DomainError):
    status = 429
    code = "too-many-requests"
    title = "Too many requests"


class Unavailable(DomainError):
    status = 503
    code = "unavailable"
    title = "This cannot be done just now"


class Transient(Exception):
    """An event cannot be handled yet; it is delivered again after a delay."""


class Permanent(Exception):
    """An event can never be handled; it goes to the dead letters with this reason."""
