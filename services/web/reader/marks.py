"""The words that a search found, marked in a text. The service promises escaped text with ``<mark>``; we look."""

import re
from html import unescape
from typing import Final

from markupsafe import Markup, escape

# Text, the references that escaping writes, and pairs of <mark> that do not nest. Nothing else is markup here.
_TEXT: Final = r"(?:[^<>&]|&(?:amp|lt|gt|quot|#34|#39|#x27);)*"
_MARKED: Final = re.compile(rf"{_TEXT}(?:<mark>{_TEXT}</mark>{_TEXT})*")
_MARK: Final = re.compile(r"</?mark>")


def marked(html: str) -> Markup:
    """Return it as markup if it is text with marks and nothing else; otherwise all of it as plain text."""
    if _MARKED.fullmatch(html):
        return Markup(html)  # noqa: S704 - just looked at
    return escape(unescape(_MARK.sub("", html)))
