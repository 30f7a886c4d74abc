"""What a search answered, as its page shows it: results, facets that fold, and the filters one can take off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup

from services.web.calls.vocabularies import Term
from services.web.reader.asked import FACETS, Asked
from services.web.reader.marks import marked

_SHOWN: Final = 6  # values of a facet that show before it unfolds
_MOST: Final = 60  # values of a facet on the page; the rest is reached by searching
_OPEN: Final = ("kind", "sector", "theme")  # facets that begin unfolded
_LATE_SECONDS: Final = 60.0

Terms = Mapping[str, Term]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One box of a facet."""

    code: str
    label: str
    count: int
    chosen: bool
    inner: bool = False  # a part of the value above it


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """``first`` shows at once, ``more`` when asked for, ``beyond`` more values are not on the page."""

    name: str
    first: tuple[Value, ...]
    more: tuple[Value, ...]
    beyond: int
    is_open: bool
    chosen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter in force and the address without it."""

    facet: str
    label: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One practice found. ``matched`` are languages its words were found in, other than the ones shown."""

    id: str
    kind: str
    stale: bool
    language: str
    title: Markup
    snippet: Markup
    snippet_language: str
    matched: tuple[str, ...]
    languages: tuple[str, ...]
    sectors: tuple[str, ...]
    themes: tuple[str, ...]
    countries: tuple[str, ...]
    organisation: str
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of results."""

    asked: Asked
    total: int
    results: tuple[Result, ...]
    facets: tuple[Facet, ...]
    chips: tuple[Chip, ...]
    next: str
    partial: bool
    meant: Markup | None
    meant_address: str
    late: bool
    first_in: str


def page_of(asked: Asked, answer: Json) -> Page:
    """Turn the answer of the search service into the page. Filters typed among the words become boxes ticked."""
    if answer.get("words", asked.text) != asked.text:
        chosen = {facet: _selected(rows) for facet, rows in answer["facets"].items()}
        asked = replace(asked, text=answer["words"], chosen={facet: codes for facet, codes in chosen.items() if codes})
    meant = answer.get("did_you_mean")
    return Page(
        asked=asked,
        total=answer["total"],
        results=tuple(map(result_of, answer["items"])),
        facets=facets_of(answer["facets"]),
        chips=_chips(asked, answer["facets"]),
        next=asked.address(cursor=answer["next"]) if answer["next"] else "",
        partial=answer["partial"],
        meant=marked(meant["html"]) if meant else None,
        meant_address=asked.saying(meant["q"]).address() if meant else "",
        late=_is_late(answer["lag"]),
        first_in=_first_in(answer),
    )


def _selected(rows: Sequence[Json]) -> tuple[str, ...]:
    return tuple(row["code"] for row in rows if row["selected"])


def _first_in(answer: Json) -> str:
    """Name the language whose results come first; nothing where it is the only one, or the newest come first."""
    spoken = answer.get("query_language")
    if not spoken or answer["sort"] != "relevance":
        return ""
    counts = {row["code"]: row["count"] for row in answer["facets"].get("language", ())}
    return str(spoken["label"]) if 0 < counts.get(spoken["code"], 0) < answer["total"] else ""


def result_of(item: Json) -> Result:
    shown = {item["language"], item["snippet_language"]}
    organisations = item["organisations"]
    return Result(
        id=item["id"],
        kind=item["kind"],
        stale=item["state"] == "stale",
        language=item["language"],
        title=marked(item["title_html"]),
        snippet=marked(item["snippet_html"]),
        snippet_language=item["snippet_language"],
        matched=tuple(tag for tag in item["matched_languages"] if tag not in shown),
        languages=tuple(item["languages"]),
        sectors=tuple(item["sectors"]),
        themes=tuple(item["themes"]),
        countries=tuple(item["countries"]),
        organisation=organisations[0]["name"] if organisations else "",
        published=datetime.fromisoformat(item["published_at"]),
    )


def facets_of(facets: Mapping[str, Sequence[Json]]) -> tuple[Facet, ...]:
    return tuple(_facet(name, facets[name]) for name in FACETS if facets.get(name))


def _facet(name: str, rows: Sequence[Json]) -> Facet:
    ordered = _nested(rows) if name == "region" else sorted(rows, key=lambda row: not row["selected"])
    if name == "year":
        ordered = sorted(rows, key=lambda row: row["code"], reverse=True)
    values = [_value(row) for row in ordered]
    held = values[:_MOST] + [value for value in values[_MOST:] if value.chosen]
    chosen = sum(value.chosen for value in values)
    # Chosen ones come first, so they always show; a single value more is shown rather than folded away.
    shown = max(_SHOWN, chosen) if name not in {"region", "year"} else _SHOWN
    shown = len(held) if len(held) <= shown + 1 else shown
    return Facet(
        name=name,
        first=tuple(held[:shown]),
        more=tuple(held[shown:]),
        beyond=len(values) - len(held),
        is_open=name in _OPEN or chosen > 0,
        chosen=chosen,
    )


def _value(row: Json) -> Value:
    return Value(
        code=row["code"],
        label=row["label"],
        count=row["count"],
        chosen=row["selected"],
        inner=bool(row["broader"]),
    )


def _nested(rows: Sequence[Json]) -> list[Json]:
    """Put each part of the world after the whole it lies in."""
    wholes = [row for row in rows if not row["broader"]]
    parts = [row for row in rows if row["broader"]]
    ordered = [
        row for whole in wholes for row in (whole, *(part for part in parts if part["broader"] == whole["code"]))
    ]
    return ordered + [part for part in parts if part not in ordered]


def _chips(asked: Asked, facets: Mapping[str, Sequence[Json]]) -> tuple[Chip, ...]:
    labels = {(facet, row["code"]): row["label"] for facet, rows in facets.items() for row in rows}
    return tuple(
        Chip(facet=facet, label=labels.get((facet, code), code), address=asked.without(facet, code).address())
        for facet in FACETS
        for code in asked.chosen.get(facet, ())
    )


def _is_late(lag: Json) -> bool:
    """Tell whether something published a while ago is not found yet; some seconds are as it should be."""
    return not lag["connected"] or (lag["events"] > 0 and lag["seconds"] > _LATE_SECONDS)
