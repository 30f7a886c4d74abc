"""What search answers with, as its OpenAPI describes it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.search.correct import Correction
from services.search.drift import Drift
from services.search.facets import Count
from services.search.find import Found, Hit, Search, Sort
from services.search.lag import Lag


class LagOut(BaseModel):
    """How far search is behind what is published."""

    events: int = Field(description="Publications, revisions and withdrawals that are not found yet")
    seconds: float = Field(description="The age of the oldest of them; 0 when there is none")
    connected: bool = Field(
        description="False while the catalogue cannot be reached; seconds then counts from its last word"
    )


class OrganisationOut(BaseModel):
    code: str
    name: str


class ItemOut(BaseModel):
    """A practice found."""

    id: str
    version: int
    kind: str
    state: Literal["live", "stale"]
    address: str
    language: str = Field(
        description="The language of the title: the reader's where there is one, else the one it was written in"
    )
    title: str
    summary: str
    summary_language: str = Field(description="That of the title unless there is no summary in it")
    title_html: str = Field(description="The title with the words found in <mark>; all else is escaped")
    snippet_html: str = Field(description="What answers the query, from summary or text, marked and escaped likewise")
    snippet_language: str
    matched_languages: list[str] = Field(description="In which of its languages words were found, the fullest first")
    languages: list[str]
    source_language: str
    themes: list[str]
    sectors: list[str]
    countries: list[str]
    evidence_level: str | None
    years: list[int]
    organisations: list[OrganisationOut]
    published_at: datetime
    first_published_at: datetime
    score: float | None = Field(description="Comparable within one answer only; null when sorted by date")


class FacetOut(BaseModel):
    """One value of a facet: ``count`` practices have it under the query and the filters on other facets."""

    code: str
    label: str
    count: int
    selected: bool
    broader: str | None = Field(description="Of a sub-region of the world, the region it lies in; null elsewhere")


class DidYouMeanOut(BaseModel):
    """Another query that finds more: a word typed is hardly known, and a known one is a typing error or two away."""

    q: str = Field(description="What to search for instead, with the same filters")
    html: str = Field(description="The same with the replaced words in <mark>; all else is escaped")


class QueryLanguageOut(BaseModel):
    """The language that a query seems to be in; practices in it stand before others that answer alike."""

    code: str
    label: str


class SearchOut(BaseModel):
    """A page of results."""

    items: list[ItemOut]
    words: str = Field(description="The query without the filters typed in it, which are selected in the facets")
    query_language: QueryLanguageOut | None = Field(description="Null where it cannot be told, or nothing is in it")
    total: int
    next: str | None = Field(description="The cursor of the next page; null on the last")
    sort: Sort
    partial: bool = Field(
        description="True where full matches are too few and some hits match only some of the words, or have those in"
        " quotation marks apart"
    )
    did_you_mean: DidYouMeanOut | None = Field(description="On the first page only; null where the words are known")
    facets: dict[str, list[FacetOut]]
    lag: LagOut


class RelatedOut(BaseModel):
    """Practices like one, the likest first."""

    items: list[ItemOut]


class SuggestionOut(BaseModel):
    kind: Literal["theme", "sector", "country", "region", "organisation", "title"]
    text: str
    code: str = Field(description="What to filter by; for a title the id of the practice")
    language: str = Field(description="The language of the text; empty for organisations")


class SuggestOut(BaseModel):
    items: list[SuggestionOut]


class RebuildOut(BaseModel):
    """A rebuild that runs. Searches are answered all the while."""

    since: datetime
    reason: str
    sequence: int = Field(description="How far it has read the catalogue")
    trouble: str | None = Field(description="What holds it up; it tries again by itself")


class DriftOut(BaseModel):
    """How the index differed from the record when they were compared last."""

    at: datetime
    practices: int = Field(description="Public practices in the record")
    missing: int = Field(description="Of them not in the index")
    differing: int = Field(description="In the index in another version")
    left_over: int = Field(description="In the index, and no longer public")
    trouble: str | None = Field(description="What a rebuild did not mend, and what to do")


class StatusOut(BaseModel):
    """How search is."""

    practices: int
    complete: bool = Field(description="False until everything published has been read once")
    sequence: int = Field(description="The last message of the catalogue that is found")
    segments: int
    lag: LagOut
    found_after_seconds: float | None = Field(description="From storing the last live event to finding it")
    unreadable: int = Field(description="Messages of the catalogue put to the dead letters since the start")
    rebuild: RebuildOut | None
    rebuilt_at: datetime | None
    drift: DriftOut | None = Field(description="Null until the index was compared with the record")


def drift_json(drift: Drift | None) -> dict[str, Any] | None:
    """Write a comparison as ``DriftOut``."""
    if drift is None:
        return None
    return {
        "at": drift.at,
        "practices": drift.practices,
        "missing": len(drift.missing),
        "differing": len(drift.differing),
        "left_over": len(drift.left_over),
        "trouble": drift.trouble,
    }


def lag_json(lag: Lag) -> dict[str, Any]:
    """Write a lag as ``LagOut``."""
    return {"events": lag.events, "seconds": lag.seconds, "connected": lag.connected}


def item_json(hit: Hit) -> dict[str, Any]:
    """Write a hit as ``ItemOut``."""
    shown, excerpt = hit.shown, hit.excerpt
    kept = ("id", "version", "kind", "state", "address", "languages", "source_language", "themes", "sectors")
    more = ("countries", "evidence_level", "years", "published_at", "first_published_at")
    return {name: shown[name] for name in (*kept, *more)} | {
        "language": excerpt.language,
        "title": excerpt.title,
        "summary": excerpt.summary,
        "summary_language": excerpt.summary_language,
        "title_html": excerpt.title_html,
        "snippet_html": excerpt.snippet_html,
        "snippet_language": excerpt.snippet_language,
        "matched_languages": excerpt.matched,
        "organisations": [{"code": code, "name": name} for code, name in shown["organisations"]],
        "score": None if hit.score is None else round(hit.score, 4),
    }


def facet_json(count: Count, label: str, broader: str | None) -> dict[str, Any]:
    """Write a count as ``FacetOut``."""
    return {
        "code": count.code,
        "label": label,
        "count": count.practices,
        "selected": count.chosen,
        "broader": broader,
    }


def search_json(
    found: Found,
    *,
    search: Search,
    cursor: str | None,
    lag: Lag,
    facets: dict[str, Any],
    meant: Correction | None,
    language: dict[str, str] | None,
) -> dict[str, Any]:
    """Write a page as ``SearchOut``."""
    return {
        "items": [item_json(hit) for hit in found.hits],
        "words": search.text,
        "query_language": language,
        "total": found.total,
        "next": cursor,
        "sort": search.sort.value,
        "partial": found.partial,
        "did_you_mean": {"q": meant.text, "html": meant.html} if meant else None,
        "facets": facets,
        "lag": lag_json(lag),
    }
