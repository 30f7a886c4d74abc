"""A list of practices as a file: CSV, JSON, BibTeX, RIS. Each is written row by row."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from services.web.calls.vocabularies import Term
from services.web.page.formats import Formats
from services.web.reader.cite import bibtex, ris, source_of
from services.web.reader.practice import Json, view_of

MOST: Final = 1000  # practices in a file
LISTS: Final = ("kinds", "sectors", "themes", "evidence-levels")
_BETWEEN: Final = "; "
# A spreadsheet takes a cell that begins so for a formula, whatever the file means by it (OWASP, CSV Injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
COLUMNS: Final = (
    "id", "version", "kind", "state", "title", "language", "summary", "languages", "sectors", "sector_codes", "themes",
    "theme_codes", "countries", "country_codes", "organisation", "authors", "evidence_level", "period_start",
    "period_end", "first_published", "published", "review_by", "licence", "address",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many there are and how many of them the file holds."""

    total: int

    @property
    def given(self) -> int:
        return min(self.total, MOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What texts and labels are chosen and written by."""

    formats: Formats
    terms: Mapping[str, Mapping[str, Term]]
    origin: str

    def label(self, name: str, code: str) -> str:
        return self.terms[name][code].label if code in self.terms[name] else code


class Form(Protocol):
    """A form of file."""

    media_type: str

    def head(self, found: Found) -> str: ...
    def row(self, practice: Json, reading: Reading) -> str: ...
    def foot(self) -> str: ...


class Csv:
    """RFC 4180 with a head, in UTF-8; ``bom`` begins it with the mark by which spreadsheets know that."""

    media_type = "text/csv; charset=utf-8; header=present"

    def __init__(self, *, bom: bool = False) -> None:
        self._bom = bom

    def head(self, found: Found) -> str:
        del found
        return ("\ufeff" if self._bom else "") + _line(COLUMNS)

    def row(self, practice: Json, reading: Reading) -> str:
        cells = _cells(practice, reading)
        return _line(tuple(_harmless(cells[name]) for name in COLUMNS))

    def foot(self) -> str:
        return ""


class JsonList:
    """The practices whole, as the API gives them; ``total`` is how many were found, ``given`` how many are here."""

    media_type = "application/json"

    def __init__(self) -> None:
        self._begun = False

    def head(self, found: Found) -> str:
        return f'{{"total":{found.total},"given":{found.given},"items":['

    def row(self, practice: Json, reading: Reading) -> str:
        del reading
        comma, self._begun = ("," if self._begun else ""), True
        return f"{comma}\n{json.dumps(practice, ensure_ascii=False, separators=(',', ':'))}"

    def foot(self) -> str:
        return "\n]}\n"


class Bibtex:
    """Entries one after the other; what stands between them is a comment."""

    media_type = "application/x-bibtex; charset=utf-8"

    def head(self, found: Found) -> str:
        return f"% {found.given} of {found.total}\n\n"

    def row(self, practice: Json, reading: Reading) -> str:
        return bibtex(source_of(view_of(practice, reading.formats, None), reading.origin)) + "\n"

    def foot(self) -> str:
        return ""


class Ris:
    media_type = "application/x-research-info-systems; charset=utf-8"

    def head(self, found: Found) -> str:
        del found
        return ""

    def row(self, practice: Json, reading: Reading) -> str:
        return ris(source_of(view_of(practice, reading.formats, None), reading.origin)) + "\r\n"

    def foot(self) -> str:
        return ""


def _cells(practice: Json, reading: Reading) -> dict[str, str]:
    content, view = practice["content"], view_of(practice, reading.formats, None)
    source, period = source_of(view, reading.origin), content.get("period") or {}
    sectors, themes, countries = (content.get(name, []) for name in ("sectors", "themes", "countries"))
    level = content.get("evidence_level")
    return {
        "id": view.id,
        "version": str(view.version),
        "kind": reading.label("kinds", view.kind),
        "state": practice["state"],
        "title": view.title.text,
        "language": view.title.language,
        "summary": view.summary.text if view.summary else "",
        "languages": _BETWEEN.join(practice["languages"]),
        "sectors": _BETWEEN.join(reading.label("sectors", code) for code in sectors),
        "sector_codes": _BETWEEN.join(sectors),
        "themes": _BETWEEN.join(reading.label("themes", code) for code in themes),
        "theme_codes": _BETWEEN.join(themes),
        "countries": _BETWEEN.join(reading.formats.country(code) for code in countries),
        "country_codes": _BETWEEN.join(countries),
        "organisation": source.organisation,
        "authors": _BETWEEN.join(one["name"] for one in content.get("authors", ()) if one.get("name")),
        "evidence_level": reading.label("evidence-levels", level) if level else "",
        "period_start": period.get("start") or "",
        "period_end": period.get("end") or "",
        "first_published": view.first_published_at,
        "published": view.published_at,
        "review_by": view.review_by,
        "licence": source.licence,
        "address": f"{reading.origin}/practices/{view.id}",
    }


def _harmless(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run; it shows none."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _line(cells: tuple[Any, ...]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()
