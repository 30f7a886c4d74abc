"""A title in the language somebody asked for, else in the one that comes nearest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A title to show and the language it is in (BCP 47), which a page says with it; both empty for no title."""

    lang: str
    text: str


def heading(titles: Mapping[str, str], language: str, source_language: str | None) -> Heading:
    """Choose: the language itself, another kind of it, the source language, English, the first one there is."""
    wanted = language.lower()
    base = wanted.partition("-")[0]
    by_lower = {spoken.lower(): spoken for spoken in titles}
    alike = (spoken for lower, spoken in by_lower.items() if lower.partition("-")[0] == base)
    candidates = (by_lower.get(wanted), by_lower.get(base), next(alike, None), source_language, "en", *titles)
    chosen = next((spoken for spoken in candidates if spoken and spoken in titles), "")
    return Heading(lang=chosen, text=titles.get(chosen, ""))
