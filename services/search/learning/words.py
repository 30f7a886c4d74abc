"""Which queries may be counted, and as what: words that many could ask for, and nothing that looks like somebody's."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LONGEST: Final = 60  # characters
_MOST_WORDS: Final = 6  # more is somebody's own sentence
_LONGEST_WORD: Final = 30  # longer is a key, an address or noise
# Addresses of mail and web, names of accounts; numbers of telephones, cards, documents; codes of letters and digits.
_PERSONAL: Final = re.compile(r"@|://|\bwww\.|\d[\d .,/()+-]{3,}\d|\d{5,}|\b(?=\w*\d)(?=\w*[^\W\d])\w{7,}\b")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


def countable(text: str) -> str | None:
    """Return the words of a query as they are counted: one form, lower case, one space between; None if not at all.

    >>> countable("  Green   MOBILITY ")
    'green mobility'
    >>> countable("anna.berg@example.org") is None
    True
    """
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    parts = words.split(" ")
    if len(words) > _LONGEST or len(parts) > _MOST_WORDS or max(map(len, parts)) > _LONGEST_WORD:
        return None
    if _PERSONAL.search(words) or not _WORD.search(words):
        return None
    return words
