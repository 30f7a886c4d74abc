"""One row of the export as the content of a draft. Pure.

Nothing is invented: what the export does not say stays empty for the author. What it says and the record cannot hold
(a web address that is none, a country that is not on the list) is left out and noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from services.submissions.importing.columns import Columns
from services.submissions.importing.languages import Detect, by_language, title_by_language
from services.submissions.importing.table import BadRow, Row
from services.submissions.importing.terms import sectors_of, themes_of, unmapped
from shared.contribution.content import Content
from shared.contribution.merge import parse
from shared.errors import Invalid
from shared.text import Prose, Url
from shared.vocabulary import vocabulary

SOURCE = "erasmus-plus"
TITLE_LENGTH, SUMMARY_LENGTH, PROSE_LENGTH, NAME_LENGTH, NOTE_LENGTH = 120, 600, 20_000, 200, 2_000
MOST_PARTNERS = 100
_LAST_OF_PLANES = "".join(chr(plane << 16 | last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
_CONTROLS = re.compile(
    rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufdd0-\ufdef\ufffe\uffff{_LAST_OF_PLANES}]"
)
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S")
# ISO 3166-1 codes of the programme's member and associated countries and of Europe around them: beyond is global.
_EUROPE = frozenset(
    "AD AL AM AT AZ BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GE GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL "  # noqa: SIM905
    "NO PL PT RO RS RU SE SI SK SM TR UA VA XK".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A draft to be. ``key`` is the project identifier, ``row`` a hash of what the row said."""

    line: int
    key: str
    row: str
    content: Content
    left_out: tuple[str, ...]

    @property
    def title(self) -> str:
        """The title in the language of the draft."""
        titles = self.content.title
        source = titles.get(self.content.source_language or "")
        return source.text if source else next((title.text for title in titles.values()), "")


class _Notes:
    """What could not be kept of one row."""

    def __init__(self) -> None:
        self.left_out: list[str] = []

    def drop(self, what: str, value: str) -> None:
        self.left_out.append(f"{what} {value[:60]!r}")


def drafted(row: Row, columns: Columns, detect: Detect) -> Imported | BadRow:
    """Return the draft that a row describes, or why it describes none."""
    found = _drafted(row, columns, detect)
    if isinstance(found, BadRow):
        key, title = (_short(_clean(columns.cell(row.cells, name))) for name in ("identifier", "title"))
        return replace(found, key=key, title=title)
    return found


def _drafted(row: Row, columns: Columns, detect: Detect) -> Imported | BadRow:
    key = columns.cell(row.cells, "identifier")
    if not key:
        return BadRow(line=row.line, reason="has no project identifier")
    if not columns.cell(row.cells, "title"):
        return BadRow(line=row.line, reason=f"has no title (project {key[:60]})")
    year = columns.cell(row.cells, "call_year")
    if year and not _YEAR.fullmatch(year):
        return BadRow(line=row.line, reason=f"has {year[:20]!r} as its call year (project {key[:60]})")
    notes = _Notes()
    document = _document(row, columns, detect, notes)
    try:
        content = parse(document)
    except Invalid as error:
        first = error.errors[0]
        return BadRow(line=row.line, reason=f"does not fit {first.pointer}: {first.message} (project {key[:60]})")
    return Imported(line=row.line, key=key, row=_hash(row, columns), content=content, left_out=tuple(notes.left_out))


def _document(row: Row, columns: Columns, detect: Detect, notes: _Notes) -> dict[str, Any]:
    def cell(name: str) -> str:
        return _clean(columns.cell(row.cells, name))

    partners = [_organisation(partner, notes) for partner in columns.partner_cells(row.cells)]
    lead = _organisation({name: cell(f"lead_{name}") for name in ("name", "type", "country", "website")}, notes)
    key_action = _code("erasmus-key-actions", cell("key_action"), notes)
    action_type = _code("erasmus-action-types", cell("action_type"), notes)
    website, card = _address(cell("website"), notes), _address(cell("card"), notes)
    for topic in unmapped(cell("topics")):
        notes.drop("topic", topic)
    countries = _countries(cell("countries"), [lead, *partners], notes)
    document: dict[str, Any] = {
        "kind": "practice",
        **_words(cell("title"), cell("summary"), detect),
        "programme": _present(
            programme=_short(cell("programme")),
            key_action=key_action,
            action_type=action_type,
            call_year=int(cell("call_year")) if cell("call_year") else None,
            project_id=_short(cell("identifier")),
            project_card=card,
            website=website,
        ),
        "links": _links(website, card),
        "themes": themes_of(cell("topics"), action_type, key_action),
        "sectors": sectors_of(action_type, [one.get("type", "") for one in (lead, *partners)]),
        "countries": countries,
        "partner_countries": [code for code in countries if code != lead.get("country")],
        "reach": _reach(countries),
        "lead_organisation": lead or None,
        "partner_organisations": partners[:MOST_PARTNERS],
        "period": _period(cell("start"), cell("end"), notes),
        "declarations": _funding(cell("grant"), cell("programme")),
    }
    if len(partners) > MOST_PARTNERS:
        notes.drop("partners beyond the hundredth,", str(len(partners) - MOST_PARTNERS))
    return document


def _links(website: str | None, card: str | None) -> list[dict[str, str]]:
    labelled = ((website, "Project website"), (card, "Erasmus+ project results platform"))
    return [{"url": url, "label": label} for url, label in labelled if url]


def _words(title: str, summary: str, detect: Detect) -> dict[str, Any]:
    """The title, a summary cut at a sentence, and the whole summary as the context where it is longer than that."""
    summaries = by_language(summary, detect)
    titles = title_by_language(title, tuple(summaries), detect)
    source = next(iter(summaries or titles))
    long = {language: text for language, text in summaries.items() if len(text) > SUMMARY_LENGTH}
    full = {language: text for language, text in titles.items() if len(text) > TITLE_LENGTH}
    context = {
        language: "\n\n".join(filter(None, (full.get(language), long.get(language)))) for language in full | long
    }
    return {
        "source_language": source,
        "title": _worded(titles, TITLE_LENGTH),
        "summary": _worded(summaries, SUMMARY_LENGTH),
        "context": _worded(context, PROSE_LENGTH),
    }


def _worded(texts: Mapping[str, str], limit: int) -> dict[str, dict[str, str]]:
    return {language: {"text": shortened(text, limit)} for language, text in texts.items()}


def shortened(text: str, limit: int) -> str:
    """Return the text cut to ``limit`` characters: at a sentence if one ends in the second half, else at a word."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    sentence = max(cut.rfind(end) for end in (". ", "! ", "? ", ".\n"))
    if sentence >= limit // 2:
        return cut[: sentence + 1]
    word = cut.rfind(" ")
    return (cut[:word] if word >= limit // 2 else cut).rstrip(" ,;:-") + "…"


def _organisation(cells: Mapping[str, str], notes: _Notes) -> dict[str, str]:
    return _present(
        name=_short(_clean(cells.get("name", ""))),
        type=_short(_clean(cells.get("type", ""))),
        country=_code("countries", _clean(cells.get("country", "")), notes),
        website=_address(_clean(cells.get("website", "")), notes),
    )


def _countries(listed: str, organisations: Iterable[Mapping[str, str]], notes: _Notes) -> list[str]:
    """The participating countries, else those of the organisations; the codes of the Union (EL, UK) become ISO's."""
    codes = [_code("countries", name, notes) for name in re.split(r"[,;|]", listed) if name.strip()]
    codes += [organisation.get("country") for organisation in organisations]
    return list(dict.fromkeys(code for code in codes if code))


def _reach(countries: Sequence[str]) -> str | None:
    if not countries:
        return None
    if not _EUROPE.issuperset(countries):
        return "global"
    return "national" if len(countries) == 1 else "european"


def _code(name: str, value: str, notes: _Notes) -> str | None:
    value = value.strip()
    if not value or value.casefold() in ("-", "n/a", "unknown"):
        return None
    code = vocabulary(name).find(value)
    if code is None:
        notes.drop(name, value)
    return code


def _address(value: str, notes: _Notes) -> str | None:
    if not value or value.casefold() in ("-", "n/a", "none", "no", "http://", "https://"):
        return None
    address = value if "://" in value else f"https://{value}"
    try:
        return Url()(address)
    except ValueError:
        notes.drop("web address", value)
        return None


def _period(start: str, end: str, notes: _Notes) -> dict[str, str] | None:
    days = {"start": _day(start, notes), "end": _day(end, notes)}
    found = {name: day.isoformat() for name, day in days.items() if day}
    return found or None


def _day(value: str, notes: _Notes) -> date | None:
    if not value:
        return None
    for form in _DAYS:
        try:
            return datetime.strptime(value, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    notes.drop("date", value)
    return None


def _funding(grant: str, programme: str) -> dict[str, str] | None:
    if not grant:
        return None
    return {"funding": f"{programme or 'European Union'}: EUR {grant}"[:NOTE_LENGTH]}


def _short(text: str) -> str:
    return " ".join(text.split())[:NAME_LENGTH].rstrip()


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _clean(text: str) -> str:
    """Take out what the record refuses, which exports hold by accident: control and bidirectional characters, and
    those that are no characters.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return Prose(10**6, blank=True)(_CONTROLS.sub(" ", plain).strip())


def _hash(row: Row, columns: Columns) -> str:
    """Hash what the row says by meaning, so that another order of the columns changes nothing."""
    digest = sha256()
    for name in sorted(columns.places):
        digest.update(f"{name}\x1f{columns.cell(row.cells, name)}\x1e".encode())
    for partner in columns.partner_cells(row.cells):
        digest.update("\x1f".join(partner.get(name, "") for name in ("name", "type", "country", "website")).encode())
        digest.update(b"\x1e")
    return digest.hexdigest()
