"""The languages of the pages: catalogues of GNU gettext, one file per area and language, and which one a visitor reads.

``locales/<language>/<area>.po`` are read as they are when the front-end starts; there is nothing to compile.
"""

import io
from collections.abc import Iterable
from gettext import GNUTranslations
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE: Final = "en"
LANGUAGES: Final = ("en", "fr", "de")
OWN_NAMES: Final = {"en": "English", "fr": "Français", "de": "Deutsch"}
FOLDER: Final = Path(__file__).parent.parent / "locales"
_RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})


class Words(GNUTranslations):
    """What the pages say in one language; English is what the code itself says."""

    def __init__(self, language: str, files: Iterable[Path] = ()) -> None:
        super().__init__()
        self.language = language
        # What gettext sets when it reads a file: without any, English and its two forms.
        self._catalog = getattr(self, "_catalog", {})
        self.plural = getattr(self, "plural", lambda n: int(n != 1))
        for file in sorted(files):
            self._add(file)

    def _add(self, file: Path) -> None:
        with file.open("rb") as source:
            catalogue = read_po(source, locale=self.language)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        part = GNUTranslations(compiled)
        self._catalog = part._catalog | self._catalog  # type: ignore[attr-defined]  # noqa: SLF001 - as gettext merges
        self.plural = part.plural  # type: ignore[attr-defined]


def load_words() -> dict[str, Words]:
    """Return the words of every language."""
    return {
        language: Words(language, () if language == SOURCE else (FOLDER / language).glob("*.po"))
        for language in LANGUAGES
    }


def supported(tag: str | None) -> str | None:
    """Return the language of ours that a BCP 47 tag means, or None."""
    primary = (tag or "").replace("_", "-").partition("-")[0].lower()
    return primary if primary in LANGUAGES else None


def accepted(header: str) -> str | None:
    """Return the language of ours that ``Accept-Language`` likes best (RFC 9110, section 12.5.4)."""
    liked: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")[:20]):
        tag, _, weight = part.strip().partition(";")
        language = supported(tag)
        if language:
            liked.append((-_weight(weight), place, language))
    return min(liked)[2] if liked and min(liked)[0] < 0 else None


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def direction(tag: str) -> str:
    """Return ``rtl`` or ``ltr``: the way a text in that language runs."""
    primary, *subtags = tag.lower().split("-")
    if "arab" in subtags or "hebr" in subtags:
        return "rtl"
    return "ltr" if "latn" in subtags or primary not in _RIGHT_TO_LEFT else "rtl"
