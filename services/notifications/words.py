"""The sentences people are sent and shown, one file a language, read once.

``{placeholders}`` are filled by the renderer. A language is whole or it is not loaded: every kind has every part, and
the test beside this compares keys and placeholders of all languages.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

from services.notifications.domain.kinds import Kind

LANGUAGES = ("en", "fr", "de")
FALLBACK = "en"
_FOLDER = Path(__file__).parent / "templates" / "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindWords:
    """``label`` names the kind in preferences, ``line`` tells it in one sentence, ``body`` is the mail's paragraphs."""

    label: str
    subject: str
    line: str
    body: tuple[str, ...]
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language, complete."""

    language: str
    kinds: Mapping[Kind, KindWords]
    groups: Mapping[str, Mapping[str, str]]
    date_form: str
    months: tuple[str, ...]

    def say(self, group: str, name: str) -> str:
        """Return a sentence that belongs to no kind; raises KeyError when there is none of that name."""
        return self.groups[group][name]

    def date(self, day: date) -> str:
        """Return a date in words, as people write it; no number stands for a month, so nobody can misread it."""
        return self.date_form.format(day=day.day, month=self.months[day.month - 1], year=day.year)


def load_words() -> dict[str, Words]:
    """Read every language; raises KeyError or TypeError when one of them lacks a kind or a part of one."""
    return {language: _read(language) for language in LANGUAGES}


def supported_language(wanted: str | None) -> str:
    """Return the language to write to somebody in who wants ``wanted`` (a BCP 47 tag or a locale, or nothing)."""
    primary = (wanted or "").replace("_", "-").partition("-")[0].lower()
    return primary if primary in LANGUAGES else FALLBACK


def placeholders(sentence: str) -> frozenset[str]:
    """Return the names of the placeholders in a sentence."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name)


def sentences(source: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every sentence of a language file with its dotted key."""
    for key, value in source.items():
        place = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from sentences(value, place)
        elif isinstance(value, list):
            yield from ((f"{place}.{number}", item) for number, item in enumerate(value))
        else:
            yield place, value


def read_file(language: str) -> dict[str, Any]:
    """Return the plain content of a language file."""
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))


def _read(language: str) -> Words:
    source = read_file(language)
    kinds, dates = source.pop("kinds"), source.pop("dates")
    told = {kind: KindWords(**{**kinds[kind], "body": tuple(kinds[kind]["body"])}) for kind in Kind}
    return Words(language=language, kinds=told, groups=source, date_form=dates["form"], months=tuple(dates["months"]))
