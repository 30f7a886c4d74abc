"""Versions in headers: ETag on answers, If-Match on changes (RFC 9110, sections 8.8.3 and 13.1.1; RFC 6585)."""

import re
from typing import Annotated

from fastapi import Depends, Header

from shared.errors import FieldError, Malformed, PreconditionRequired, Stale

_STRONG = re.compile(r'\s*"(0|[1-9][0-9]{0,14})"\s*')
_PARAMETER = "header.If-Match"


def etag(version: int) -> str:
    """Return the strong entity tag of a version."""
    return f'"{version}"'


def if_match(
    value: Annotated[
        str | None,
        Header(alias="If-Match", description='The version that is changed, as its ETag gave it: `"7"`'),
    ] = None,
) -> int:
    """Return the version the caller saw. 428 without one, 400 if it is no single strong ETag of ours.

    ``*`` says only that something exists, so it would overwrite what the caller has not seen: 428 too. A weak tag
    never matches here (RFC 9110, 13.1.1); it is refused rather than told as a change by somebody else.
    """
    if value is None or value.strip() in ("", "*"):
        raise PreconditionRequired('Send If-Match with the ETag of the version you change, for example If-Match: "7".')
    match = _STRONG.fullmatch(value)
    if match is None:
        raise Malformed(
            'If-Match holds one strong ETag, for example "7".',
            errors=(FieldError(pointer="", parameter=_PARAMETER, code="etag", message='Send one ETag such as "7".'),),
        )
    return int(match[1])


IfMatch = Annotated[int, Depends(if_match)]


def require_version(seen: int, present: int) -> None:
    """Raise Stale (412), naming the present version, unless the caller saw the present one."""
    if seen != present:
        raise Stale("Somebody changed this meanwhile. Load it again.", extra={"version": present})
