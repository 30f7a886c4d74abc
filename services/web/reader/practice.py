"""A published practice as its page shows it: in one language as far as there is one, in reading order."""

from dataclasses import dataclass
from typing import Any, Final

from services.web.page.formats import Formats, Text
from services.web.reader.chart import Bars, bars

Json = dict[str, Any]

_STORY: Final = ("context", "actions", "results", "indicators", "transferability")
_MIDDLE: Final = ("resources", "sustainability", "inclusion", "green")
_LESSON: Final = ("failure", "causes", "change")
_ORDER: Final = (*_STORY, *_MIDDLE, *_LESSON)
# What did not work is what a lesson learned is about.
_ORDER_OF_LESSON: Final = ("context", "actions", *_LESSON, "indicators", "results", "transferability", *_MIDDLE)
_TRUST: Final = ("original", "human", "reviewed", "machine")  # from the most to the least
_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class Record(dict[str, Any]):
    """A part of the record, as templates read it: what is not there is None instead of an error."""

    def __missing__(self, name: str) -> None:
        return None


def record(value: Any) -> Any:
    """Return the same JSON with each object as a ``Record``."""
    if isinstance(value, dict):
        return Record({name: record(one) for name, one in value.items()})
    return [record(one) for one in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a list shows of a practice."""

    id: str
    kind: str
    title: Text
    summary: Text | None
    sectors: tuple[str, ...]
    countries: tuple[str, ...]
    organisation: str
    published: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A language that the practice can be read in, and how its text came about."""

    tag: str
    provenance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """``name`` is the field of the record; its label is the heading. ``text`` is None for the indicators."""

    name: str
    text: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One figure. ``bars`` draw it where before and now are numbers."""

    name: Text | None
    value: float | str | None
    baseline: float | str | None
    unit: str
    source: str
    bars: Bars | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    id: str
    name: str
    media_type: str
    bytes: int
    alt_text: str
    licence: str
    is_image: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """That a joint action was agreed: the day as it came, by whom, and in what words."""

    day: str
    parties: tuple[str, ...]
    text: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A practice, ready to be laid out. ``content`` holds the codes and names as they are in the record."""

    id: str
    version: int
    kind: str
    stale: bool
    published_at: str
    first_published_at: str
    review_by: str
    content: Json
    source: str
    reading: Spoken
    is_partial: bool  # some of the text is not in the language one reads
    languages: tuple[Spoken, ...]
    title: Text
    summary: Text | None
    ask: Text | None
    addressee: Text | None
    outcome: Text | None
    agreement: Agreement | None
    sections: tuple[Section, ...]
    indicators: tuple[Indicator, ...]
    attachments: tuple[Attachment, ...]


def card_of(practice: Json, formats: Formats) -> Card:
    content = practice["content"]
    source = content.get("source_language")
    return Card(
        id=practice["id"],
        kind=practice["kind"],
        title=formats.said(content.get("title"), source) or Text(text="…", language=source or "en"),
        summary=formats.said(content.get("summary"), source),
        sectors=tuple(content.get("sectors", ())),
        countries=tuple(content.get("countries", ())),
        organisation=(content.get("lead_organisation") or {}).get("name") or "",
        published=practice["published_at"],
    )


def view_of(practice: Json, formats: Formats, asked: str | None) -> View:
    """Choose the language: the one asked for, the page's, or the one it was written in; then lay out the texts."""
    content = practice["content"]
    source = content.get("source_language") or next(iter(practice["languages"]), "en")
    languages = tuple(Spoken(tag=tag, provenance=_provenance(content, tag, source)) for tag in practice["languages"])
    tags = {spoken.tag: spoken for spoken in languages}
    reading = next((tags[tag] for tag in (asked, formats.language, source) if tag in tags), None)
    reading = reading or Spoken(tag=source, provenance="original")

    def said(texts: Json | None) -> Text | None:
        return formats.said(texts, source, reading.tag)

    agreed = practice.get("agreement")
    proposal = content.get("joint_action") or {}
    sections = tuple(
        Section(name=name, text=None if name == "indicators" else said(content[name]))
        for name in (_ORDER_OF_LESSON if practice["kind"] == "lesson_learned" else _ORDER)
        if content.get(name)
    )
    return View(
        id=practice["id"],
        version=practice["version"],
        kind=practice["kind"],
        stale=practice["state"] == "stale",
        published_at=practice["published_at"],
        first_published_at=practice["first_published_at"],
        review_by=practice["review_by"],
        content=content,
        source=source,
        reading=reading,
        is_partial=any(section.text and section.text.language != reading.tag for section in sections),
        languages=languages,
        title=said(content.get("title")) or Text(text="…", language=source),
        summary=said(content.get("summary")),
        ask=said(proposal.get("ask")),
        addressee=said(proposal.get("addressee")),
        outcome=said(proposal.get("outcome")),
        agreement=agreed
        and Agreement(
            day=agreed["agreed_on"],
            parties=tuple(agreed["parties"]),
            text=formats.said(agreed["text"], source),  # not the authors' words: the page's language comes first
        ),
        sections=sections,
        indicators=tuple(_indicator(row, said(row.get("name"))) for row in content.get("indicators", ())),
        attachments=tuple(map(_attachment, practice.get("attachments", ()))),
    )


def _indicator(row: Json, name: Text | None) -> Indicator:
    value, baseline = row.get("value"), row.get("baseline")
    return Indicator(
        name=name,
        value=value,
        baseline=baseline,
        unit=row.get("unit") or "",
        source=row.get("source") or "",
        bars=bars(baseline, value),
    )


def _attachment(row: Json) -> Attachment:
    return Attachment(
        id=row["id"],
        name=row["name"],
        media_type=row["media_type"],
        bytes=row["bytes"],
        alt_text=row.get("alt_text") or "",
        licence=row.get("licence") or "",
        is_image=row["media_type"] in _IMAGES,
    )


def _provenance(content: Json, tag: str, source: str) -> str:
    """How far the texts in a language can be trusted: as far as the least of them; the source is the original."""
    if tag == source:
        return "original"
    met = {
        text[tag].get("provenance") or "original"
        for text in content.values()
        if isinstance(text, dict) and isinstance(text.get(tag), dict)
    }
    return max((one for one in met if one in _TRUST), key=_TRUST.index, default="original")
