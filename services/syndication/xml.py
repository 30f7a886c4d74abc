"""XML 1.0 as feeds, sitemaps and harvesting answer with it: only characters it allows, compressed for who takes it."""

import gzip
import re
from collections.abc import Mapping
from typing import Any, Final

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
# XML 1.0, section 2.2: what is no Char. Text that comes from outside may hold it; a document that does is none.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SMALL: Final = 1000  # bytes; less is not worth compressing
_NO_GZIP: Final = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*$", re.IGNORECASE)

Element = etree._Element  # noqa: SLF001 - lxml has no other name for the type


def clean(text: str) -> str:
    """Return the text without the characters that XML 1.0 forbids."""
    return _FORBIDDEN.sub("", text)


def begin(namespace: str, name: str, **prefixes: str) -> Element:
    """Return an element whose namespace is the default one of all in it; ``prefixes`` are those of others."""
    nsmap: Any = {None: namespace, **prefixes}  # the stubs do not know of a default
    return etree.Element(f"{{{namespace}}}{name}", nsmap=nsmap)


def add(parent: Element, tag: str, text: str | None = None, /, **attributes: str | None) -> Element:
    """Add a child with this text; attributes that are None are left out, ``lang`` is ``xml:lang``."""
    child = etree.SubElement(parent, tag)
    if text is not None:
        child.text = clean(text)
    for name, value in attributes.items():
        if value is not None:
            child.set(LANG if name == "lang" else name, clean(value))
    return child


def to_bytes(root: Element) -> bytes:
    """Return the document in UTF-8."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def takes_gzip(request: Request) -> bool:
    """Tell whether the reader takes gzip (RFC 9110, section 12.5.3)."""
    offers = request.headers.get("accept-encoding", "").split(",")
    return any(one.strip().lower().startswith("gzip") and not _NO_GZIP.match(one.strip()) for one in offers)


def xml_response(request: Request, body: bytes, *, media_type: str, headers: Mapping[str, str]) -> Response:
    """Answer with a document."""
    whole = {**headers, "Vary": "Accept-Encoding"}
    if len(body) > _SMALL and takes_gzip(request):
        body = gzip.compress(body, 6)
        whole["Content-Encoding"] = "gzip"
    return Response(body, headers=whole, media_type=media_type)
