"""What a reader typed, taken apart: words, "phrases" and -words to leave out. Nothing typed is ever an error."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from services.search.analysis import Analysis, is_unspaced, primary

LONGEST_QUERY: Final = 2000  # characters
_MOST_WORDS: Final = 100  # distinct; more would only cost time
_MOST_PHRASES: Final = 5

_QUESTION_MARKS: Final = ("?", "？", "؟", "\u037e")
_GREEK: Final = ("el", ";")  # the language whose question mark is typed as a semicolon
_TOKEN: Final = re.compile(r'(?P<minus>-)?"(?P<phrase>[^"]*)"|(?P<word>\S+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word as it was typed. ``times`` counts how often; ``plain`` is its folded form."""

    text: str
    plain: str
    times: int
    unspaced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query, understood. ``sequence`` has the words as they follow each other, those of phrases too; ``words`` each
    once. ``wordless`` says that something was typed but no word to search for: signs, an emoji, one endless run.
    ``language`` is the one that the words seem to be in, if any. ``question`` says that it ends with a question mark.
    """

    sequence: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    excluded_phrases: tuple[str, ...] = ()
    wordless: bool = False
    language: str = ""
    question: bool = False


def understand(text: str, analysis: Analysis) -> Asked:
    """Take a query apart. A quote without a second one, operators and signs are only separators."""
    words: list[str] = []
    phrases: list[str] = []
    excluded: list[str] = []
    excluded_phrases: list[str] = []
    for token in _TOKEN.finditer(text[:LONGEST_QUERY]):
        phrase, word = token["phrase"], token["word"] or ""
        if phrase is not None and token["minus"]:
            excluded_phrases.append(phrase)
        elif phrase is not None:
            phrases.append(phrase)
            words += analysis.split(phrase)
        elif len(word) > 1 and word[0] == "-" and word[1].isalnum():
            excluded += analysis.split(word)
        else:
            words += analysis.split(word)
    language, ending = analysis.language_of(" ".join(words)), text.rstrip()[-1:]
    asked = Asked(
        sequence=tuple(words),
        words=_counted(words, analysis),
        phrases=_worth(phrases, analysis),
        excluded=tuple(dict.fromkeys(excluded))[:_MOST_WORDS],
        excluded_phrases=_worth(excluded_phrases, analysis),
        language=language,
        question=ending in _QUESTION_MARKS or (primary(language), ending) == _GREEK,
    )
    left_out = asked.excluded or asked.excluded_phrases
    return replace(asked, wordless=bool(text.strip()) and not asked.words and (bool(words) or not left_out))


def _counted(words: list[str], analysis: Analysis) -> tuple[Word, ...]:
    times: dict[str, int] = {}
    for word in words:
        times[word.lower()] = times.get(word.lower(), 0) + 1
    counted = []
    for word, count in list(times.items())[:_MOST_WORDS]:
        if plain := "".join(analysis.plain(word)):
            counted.append(Word(text=word, plain=plain, times=count, unspaced=is_unspaced(word)))
    return tuple(counted)


def _worth(phrases: list[str], analysis: Analysis) -> tuple[str, ...]:
    """Keep the phrases that hold a word."""
    return tuple(dict.fromkeys(phrase for phrase in phrases if analysis.split(phrase)))[:_MOST_PHRASES]
