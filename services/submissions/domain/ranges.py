"""Parts of a file, as RFC 9110 section 14 asks for them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from shared.errors import RangeNotSatisfiable

_ONE_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """``length`` bytes from ``start`` on, of ``size``."""

    start: int
    length: int
    size: int

    @property
    def content_range(self) -> str:
        """The value of Content-Range."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def requested(range_: str | None, if_range: str | None, *, tag: str, size: int) -> Span | None:
    """Return the part that is asked for, or None for the whole file.

    Only a single range is served; several, another unit and what cannot be read are ignored, as the RFC allows. A
    range for another version than ``tag`` (If-Range) is ignored too. Raises RangeNotSatisfiable beyond the end.
    """
    if range_ is None or (if_range is not None and if_range.strip() != tag):
        return None
    match = _ONE_RANGE.fullmatch(range_)
    if match is None or match[1] == match[2] == "":
        return None
    first, last = match[1], match[2]
    if not first:
        length = min(int(last), size)
        start = size - length
    else:
        start = int(first)
        if last and int(last) < start:
            return None
        length = (min(int(last), size - 1) if last else size - 1) - start + 1
    if length <= 0 or start >= size:
        raise RangeNotSatisfiable(
            f"The file has {size} bytes.", headers={"Content-Range": f"bytes */{size}"}, extra={"size": size}
        )
    return Span(start=start, length=length, size=size)


def content_disposition(name: str, *, inline: bool = False) -> str:
    """Return the value that makes a browser save the file under its name, or show it (RFC 6266, RFC 8187)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    extended = quote(name, safe="!#$&+-.^_`|~")
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{extended}"
