"""Expressions that mean the same in a language, acronyms of the field among them; ``synonyms.json`` lists them.

Only within a language: from one language to another lead the labels of themes, sectors and places.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("synonyms.json")

Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Words of a query, from ``start`` to before ``end``, that can be said otherwise, and how: by these stems."""

    start: int
    end: int
    otherwise: tuple[Stems, ...]


class Synonyms:
    """Knows the expressions by their stems, so any form of a word will do."""

    def __init__(self, stems: Callable[[str, str], list[str]], groups: Mapping[str, Sequence[Sequence[str]]]) -> None:
        """Take the groups of expressions by language, and what returns the stems of a text in a language."""
        self._stems = stems
        self._otherwise: dict[str, dict[Stems, tuple[Stems, ...]]] = {}
        for language, alike in groups.items():
            known = self._otherwise[language] = {}
            for group in alike:
                ways = tuple(dict.fromkeys(tuple(stems(expression, language)) for expression in group))
                for way in ways:
                    known[way] = tuple(dict.fromkeys((*known.get(way, ()), *(one for one in ways if one != way))))
        self._longest = max((len(way) for known in self._otherwise.values() for way in known), default=0)

    def find(self, words: Sequence[str], language: str) -> tuple[Meant, ...]:
        """Return what of the words can be said otherwise in the language; where that is not known, in any."""
        languages = [language] if language in self._otherwise else list(self._otherwise)
        return tuple(dict.fromkeys(chain.from_iterable(self._found(words, one) for one in languages)))

    def _found(self, words: Sequence[str], language: str) -> Iterator[Meant]:
        known = self._otherwise[language]
        stems = ["".join(self._stems(word, language)) for word in words]
        for start in range(len(stems)):
            for end in range(start + 1, min(len(stems), start + self._longest) + 1):
                if otherwise := known.get(tuple(stems[start:end])):
                    yield Meant(start=start, end=end, otherwise=otherwise)


def load(stems: Callable[[str, str], list[str]]) -> Synonyms:
    """Read the file that comes with the service."""
    return Synonyms(stems, json.loads(_FILE.read_text("utf-8")))
