"""Which of a contribution's titles a reader is shown, and how a title is fitted in."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

SHORT_TITLE = 80

# Scripts written from right to left, by the Unicode bidirectional class of their letters.
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_BREAKS = re.compile(r"[ \x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ISOLATE, _POP = "\u2068", "\u2069"
# What belongs to the character before it: combining marks, joiners, variation selectors, skin tones.
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A title with its language (BCP 47, empty if unknown)."""

    text: str
    language: str

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``, by the first letter that has a direction (UAX #9, rule P2)."""
        for character in self.text:
            bidi = unicodedata.bidirectional(character)
            if bidi in _RIGHT_TO_LEFT:
                return "rtl"
            if bidi == "L":
                return "ltr"
        return "ltr"

    def isolated(self) -> str:
        """Return it so that it cannot turn the plain text around it (UAX #9, section 2.4)."""
        return f"{_ISOLATE}{self.text}{_POP}" if self.direction == "rtl" else self.text

    def shortened(self, length: int = SHORT_TITLE) -> "Title":
        """Return it cut to ``length`` characters, at a space where there is one, with an ellipsis."""
        return Title(text=shorten(self.text, length), language=self.language)


def one_line(text: str) -> str:
    """Return the text on one line: every break and control character becomes a space, lone surrogates go."""
    plain = text.encode("utf-8", "ignore").decode()
    return _BREAKS.sub(" ", plain).strip()


def shorten(text: str, length: int) -> str:
    """Cut a text to at most ``length`` characters without splitting a word or what reads as one character."""
    if len(text) <= length:
        return text
    cut = length - 1
    space = text.rfind(" ", cut // 2, cut + 1)
    if space > 0:
        cut = space
    while cut > 0 and _continues(text, cut):
        cut -= 1
    return text[:cut].rstrip() + "…"


def _continues(text: str, position: int) -> bool:
    here, before = text[position], text[position - 1]
    extends = unicodedata.category(here) in ("Mn", "Me", "Mc") or "\U0001f3fb" <= here <= "\U0001f3ff"
    flag = "\U0001f1e6" <= here <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff"
    return extends or flag or _JOINER in (here, before)


def choose_title(titles: Mapping[str, str], wanted: str, source: str | None) -> Title:
    """Return the title in the reader's language, else in the language it was written in, English, or any.

    ``wanted`` matches by its primary subtag, so that a reader of ``fr-BE`` gets ``fr``.
    """
    for language in (wanted, wanted.partition("-")[0], source or "", "en", *titles):
        if text := one_line(titles.get(language, "")):
            return Title(text=text, language=language)
    return Title(text="", language="")
