"""What search keeps of a practice: its texts by language, its codes, and what a result shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from services.search.analysis import primary
from shared.events.found_under import organisations_of
from shared.events.practices import PublicPractice

_MOST_YEARS: Final = 30
_ORGANISATIONS: Final = ("lead_organisation", "partner_organisations", "supporting_organisations")
_NAMED: Final = ("authors", "programme", "links", *_ORGANISATIONS)
_ID: Final = re.compile(r"[^/?#]+")
_NAMES: Final = ("name", "organisation", "label", "programme", "project_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation that took part. ``code`` is its id, or made of its name where it has none."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One practice as it is indexed. ``said`` counts the events about it, so a later one is known from an earlier.

    ``titles`` and ``summaries`` map a language tag to a text, ``texts`` to every other text in that language;
    ``names`` are words without a language: people, organisations, programmes, files; ``attached`` is what files say;
    ``reuses`` are the ids of practices that it links to.
    """

    id: str
    version: int
    said: int
    kind: str
    state: str
    address: str
    published_at: datetime
    first_published_at: datetime
    source_language: str
    languages: tuple[str, ...]
    titles: Mapping[str, str]
    summaries: Mapping[str, str]
    texts: Mapping[str, str]
    names: tuple[str, ...]
    organisations: tuple[Organisation, ...]
    sectors: tuple[str, ...]
    themes: tuple[str, ...]
    target_groups: tuple[str, ...]
    countries: tuple[str, ...]
    evidence_level: str | None
    years: tuple[int, ...]
    attached: str = ""
    reuses: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, int]:
        """Where this stands in the life of the practice: a lower one never replaces a higher one."""
        return self.version, self.said


def entry_of(practice: PublicPractice, *, said: int) -> Entry:
    """Return what is indexed of a public snapshot."""
    content = practice.content
    titles, summaries = _worded(content.get("title")), _worded(content.get("summary"))
    texts: dict[str, list[str]] = {}
    rest = {field: value for field, value in content.items() if field not in {"title", "summary"}}
    for by_language in _all_worded(rest):
        for language, text in by_language.items():
            texts.setdefault(language, []).append(text)
    languages = tuple(dict.fromkeys((*titles, *summaries, *texts)))
    source = str(content.get("source_language") or next(iter(languages), ""))
    return Entry(
        id=practice.id,
        version=practice.version,
        said=said,
        kind=practice.kind,
        state=practice.state,
        address=practice.address,
        published_at=practice.published_at,
        first_published_at=practice.first_published_at,
        source_language=source,
        languages=tuple(dict.fromkeys((source, *languages))) if source else languages,
        titles=titles,
        summaries=summaries,
        texts={language: "\n".join(parts) for language, parts in texts.items()},
        names=tuple(dict.fromkeys((*_names(content), *_file_names(practice)))),
        organisations=tuple({one.code: one for one in _organisations(content)}.values()),
        sectors=_codes(content.get("sectors")),
        themes=_codes(content.get("themes")),
        target_groups=_codes(content.get("target_groups")),
        countries=_codes(content.get("countries")),
        evidence_level=content.get("evidence_level"),
        years=_years(content.get("period"), practice.first_published_at.year),
        attached=practice.attached_text,
        reuses=tuple(dict.fromkeys(_reused(practice))),
    )


def language_codes(entry: Entry) -> tuple[str, ...]:
    """Return the primary subtags of its languages: ``pt`` once for ``pt`` and ``pt-BR``."""
    return tuple(dict.fromkeys(primary(language) for language in entry.languages))


def _worded(value: Any) -> dict[str, str]:
    """Read a text by language; anything else gives nothing."""
    if not isinstance(value, dict) or not value:
        return {}
    texts = {language: part.get("text") for language, part in value.items() if isinstance(part, dict)}
    if len(texts) != len(value) or not all(isinstance(text, str) for text in texts.values()):
        return {}
    return {language: str(text) for language, text in texts.items() if text}


def _all_worded(value: Any) -> Iterator[dict[str, str]]:
    if texts := _worded(value):
        yield texts
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _all_worded(part)


def _names(content: Mapping[str, Any]) -> Iterator[str]:
    for place in (content, content.get("joint_action") or {}):
        for field in _NAMED:
            for part in _parts(place.get(field)):
                yield from (str(part[name]) for name in _NAMES if part.get(name))


def _file_names(practice: PublicPractice) -> Iterator[str]:
    for attachment in practice.attachments:
        yield from (text for text in (attachment.name, attachment.alt_text) if text)


def _reused(practice: PublicPractice) -> Iterator[str]:
    """Yield the ids of the practices that it names by their public addresses, which begin as its own does."""
    start = practice.address.removesuffix(practice.id)
    for link in _parts(practice.content.get("links")):
        url = str(link.get("url", ""))
        named = _ID.match(url.removeprefix(start)) if start and url.startswith(start) else None
        if named and named.group() != practice.id:
            yield named.group()


def _organisations(content: Mapping[str, Any]) -> Iterator[Organisation]:
    return (Organisation(code=code, name=name) for code, name in organisations_of(content))


def _parts(value: Any) -> Iterable[Mapping[str, Any]]:
    found = value if isinstance(value, list | tuple) else (value,)
    return (part for part in found if isinstance(part, dict))


def _codes(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(str, value))) if isinstance(value, list | tuple) else ()


def _years(period: Any, published: int) -> tuple[int, ...]:
    """Return each year in which it took place; the year of publication where no period is given."""
    days = period if isinstance(period, dict) else {}
    start, end = (_year(days.get(name)) for name in ("start", "end"))
    first = start or end or published
    last = end or max(first, published)
    return tuple(range(first, min(last, first + _MOST_YEARS - 1) + 1)) or (first,)


def _year(day: Any) -> int | None:
    try:
        return date.fromisoformat(str(day)).year
    except ValueError:
        return None
