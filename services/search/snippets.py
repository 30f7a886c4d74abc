"""What of a practice answers the query: its words marked, the text cut to what matters, everything else escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from services.search.analysis import primary, stemmer_of
from services.search.marking import Mark, Marker

SNIPPET_CHARACTERS: Final = 240
_BEFORE: Final = 60  # characters shown before the first mark
_SPACES: Final = re.compile(r"\s+")
_ELLIPSIS: Final = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """How a hit is shown. ``language`` is that of the title, the others those of summary and snippet.

    The summary is in the language of the title where there is one in it.

    The two ``*_html`` texts hold no markup but ``<mark>``. ``matched`` lists the languages in which words of the query
    were found, the one with most of them first.
    """

    language: str
    title: str
    summary: str
    summary_language: str
    title_html: str
    snippet_html: str
    snippet_language: str
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    text: str
    marks: Sequence[Mark]


def excerpt(shown: Mapping[str, Any], marker: Marker, reader: str) -> Excerpt:
    """Return how a hit is shown to a reader of a language (a BCP 47 tag; empty: the language it was written in)."""
    titles: Mapping[str, str] = shown["titles"]
    summaries: Mapping[str, str] = shown["summaries"]
    language = _best(shown["languages"], titles, reader, shown["source_language"])
    marked = {own: list(_marked(shown, own, marker)) for own in shown["languages"]}
    answered = {own: len({m.term for part in parts for m in part.marks}) for own, parts in marked.items()}
    matched = tuple(sorted((own for own, number in answered.items() if number), key=lambda own: -answered[own]))
    quoted = language if language in matched or not matched else matched[0]
    summed_up = language if language in summaries else _best(shown["languages"], summaries, reader, language)
    snippet = _snippet(marked.get(quoted, [])[1:])
    if not snippet:  # only the title is in that language
        quoted, snippet = summed_up, _snippet(marked.get(summed_up, [])[1:])
    return Excerpt(
        language=language,
        title=titles.get(language, ""),
        summary=summaries.get(summed_up, ""),
        summary_language=summed_up,
        title_html=_html(marked[language][0], 0, None) if language in marked else "",
        snippet_html=snippet,
        snippet_language=quoted,
        matched=matched,
    )


def _best(languages: Sequence[str], titles: Mapping[str, str], reader: str, source: str) -> str:
    """Choose the language to show: the reader's, a variety of it, the one it was written in, any there is."""
    if reader in titles:
        return reader
    varieties = [own for own in titles if reader and primary(own) == primary(reader)]
    return next((own for own in (*varieties, source, *titles) if own in titles), next(iter(languages), ""))


def _marked(shown: Mapping[str, Any], language: str, marker: Marker) -> Iterator[_Marked]:
    """Yield title, summary and text of a language with the query's words found in them."""
    for field in ("titles", "summaries", "texts"):
        text: str = shown[field].get(language, "")
        yield _Marked(text=text, marks=marker.marks(text, stemmer_of(language)) if text else ())


def _snippet(parts: Sequence[_Marked]) -> str:
    """Cut the stretch that answers most words of the query; of two as good, the earlier."""
    best, most, place = None, (0, 0), 0
    for part in parts:
        for number, mark in enumerate(part.marks):
            inside = [m for m in part.marks[number:] if m.end <= mark.start + SNIPPET_CHARACTERS - _BEFORE]
            worth = (len({m.term for m in inside}), len(inside))
            if worth > most:
                best, most, place = part, worth, mark.start
    if best is None:
        best = next((part for part in parts if part.text), None)
    return _html(best, place, SNIPPET_CHARACTERS) if best else ""


def _html(part: _Marked, place: int, length: int | None) -> str:
    """Write a text, or a stretch of it around a place, as HTML."""
    start, end = (0, len(part.text)) if length is None else _stretch(part.text, place, length)
    written, at = [_ELLIPSIS if start else ""], start
    for mark in part.marks:
        if mark.start >= start and mark.end <= end:
            written += [_plain(part.text[at : mark.start]), f"<mark>{_plain(part.text[mark.start : mark.end])}</mark>"]
            at = mark.end
    written += [_plain(part.text[at:end]), _ELLIPSIS if end < len(part.text) else ""]
    return "".join(written).strip()


def _stretch(text: str, place: int, length: int) -> tuple[int, int]:
    """Choose where to cut, between words where there are spaces."""
    if len(text) <= length:
        return 0, len(text)
    start = max(0, min(place - _BEFORE, len(text) - length))
    end = min(len(text), start + length)
    if start and (space := text.find(" ", start, place)) >= 0:
        start = space + 1
    if end < len(text) and (space := text.rfind(" ", place, end)) > place:
        end = space
    return start, end


def _plain(text: str) -> str:
    return escape(_SPACES.sub(" ", text))
