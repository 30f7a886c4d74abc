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


def if_match_unless_first(
    value: Annotated[
        str | None,
        Header(alias="If-Match", description='The version that is changed, as its ETag gave it: `"7"`; not at first'),
    ] = None,
    none: Annotated[
        str | None, Header(alias="If-None-Match", description="`*` where nothing was kept yet", max_length=1000)
    ] = None,
) -> int | None:
    """Return the version the caller saw, 0 for ``If-None-Match: *``, None without either. 400 as ``if_match``."""
    if value is None and none is not None:
        if none.strip() == "*":
            return 0
        message = "Send If-None-Match: * alone."
        error = FieldError(pointer="", parameter="header.If-None-Match", code="etag", message=message, allowed=("*",))
        raise Malformed(message, errors=(error,))
    return None if value is None else if_match(value)


IfMatchUnlessFirst = Annotated[int | None, Depends(if_match_unless_first)]


def require_version(seen: int, present: int) -> None:
    """Raise Stale (412), naming the present version, unless the caller saw the present one."""
    if seen != present:
        raise Stale("Somebody changed this meanwhile. Load it again.", extra={"version": present})


def require_version_unless_first(seen: int | None, present: int) -> None:
    """Like ``require_version``; who saw nothing may only write what was never written (``present`` 0), else 428."""
    if seen is None:
        if present:
            raise PreconditionRequired('Send If-Match with the ETag of what you change, for example If-Match: "7".')
    else:
        require_version(seen, present)
