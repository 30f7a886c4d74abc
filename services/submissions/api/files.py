"""How a file is answered: whole or in part, to be saved; an image also to be shown, where a page asks for that."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Header, Query
from starlette.responses import Response, StreamingResponse

from services.submissions.domain.ranges import content_disposition, requested
from services.submissions.store.files import FileStorage

RangeHeader = Annotated[str | None, Header(alias="Range", description="One part of the file (RFC 9110, section 14)")]
IfRange = Annotated[str | None, Header(alias="If-Range", description="The ETag of the part you have")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", description="The ETag of what you have")]
Disposition = Annotated[
    Literal["attachment", "inline"],
    Query(description="`inline` lets a page show a PNG, JPEG, GIF or WebP image; all else is saved"),
]
# Formats that hold pixels and nothing that a browser would run (SVG is none of them, nor is it taken in).
SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

_FILE: dict[str, Any] = {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", **_FILE},
    206: {"description": "The part that was asked for", **_FILE},
    304: {"description": "Not Modified"},
}


def send_file(
    storage: FileStorage,
    attachment: Mapping[str, Any],
    *,
    range_: str | None,
    if_range: str | None,
    if_none_match: str | None,
    cache: str,
    disposition: str = "attachment",
) -> Response:
    """Answer with the file, the part of it that is asked for, or 304; raises RangeNotSatisfiable.

    Its ETag is the hash of its content. A sandboxed policy and ``nosniff`` keep a browser from running it.
    """
    tag = f'"{attachment["sha256"]}"'
    inline = disposition == "inline" and attachment["media_type"] in SHOWN_INLINE
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Cache-Control": cache,
        "Content-Disposition": content_disposition(attachment["name"], inline=inline),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    if matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    size = attachment["bytes"]
    span = requested(range_, if_range, tag=tag, size=size)
    start, length = (span.start, span.length) if span else (0, size)
    headers["Content-Length"] = str(length)
    if span:
        headers["Content-Range"] = span.content_range
    body = storage.read(attachment["id"], start, length)
    return StreamingResponse(body, 206 if span else 200, headers, attachment["media_type"])


def matches(if_none_match: str | None, tag: str) -> bool:
    """Compare weakly, as If-None-Match asks for (RFC 9110, section 13.1.2)."""
    if if_none_match is None:
        return False
    sent = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return tag in sent or "*" in sent
