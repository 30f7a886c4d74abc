"""Filters typed among the words: ``country:pt``, ``theme:recognition``, ``year:2024``, ``sector:"higher education"``.

A name that is no facet's is no filter, and its words are words. Of a facet, the value is a code or what a code is
called in any language; an unknown one is refused with those there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from services.search.facets import Filters
from services.search.find import Search
from services.search.labels import VOCABULARIES, Labels
from services.search.schema import FACETS, YEAR
from shared.errors import FieldError, Invalid

# Other names by which a facet goes.
_NAMES: Final[Mapping[str, str]] = {
    **{facet: facet for facet in FACETS},
    "evidence": "evidence_level",
    "lang": "language",
    "org": "organisation",
    "organization": "organisation",
}
_ANY_NAME: Final = "|".join(sorted(_NAMES, key=len, reverse=True))
_FILTER: Final = re.compile(rf'(?<!\S)(?P<name>{_ANY_NAME}):(?:"(?P<quoted>[^"]+)"|(?P<value>[^\s"]+))', re.IGNORECASE)
_MOST: Final = 50  # filters typed; the rest are words
_YEARS: Final = range(1900, 2201)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A query taken apart: its words, and the filters typed among them."""

    words: str
    filters: Filters


def typed(text: str, labels: Labels) -> Typed:
    """Take filters out of a query; raises Invalid (422) for a value that its facet does not have."""
    chosen: dict[str, dict[str, None]] = {}

    def take(found: re.Match[str]) -> str:
        facet = _NAMES[found["name"].lower()]
        chosen.setdefault(facet, {})[_code(facet, found["quoted"] or found["value"], labels)] = None
        return " "

    words = _FILTER.sub(take, text, count=_MOST)
    return Typed(
        words=words.strip() if chosen else text, filters={facet: tuple(codes) for facet, codes in chosen.items()}
    )


def with_filters(search: Search, labels: Labels) -> Search:
    """Return a search whose typed filters stand beside the chosen ones; raises Invalid (422)."""
    taken = typed(search.text, labels)
    if not taken.filters:
        return search
    filters = {facet: dict.fromkeys(codes) for facet, codes in search.filters.items()}
    for facet, codes in taken.filters.items():
        filters.setdefault(facet, {}).update(dict.fromkeys(codes))
    return replace(search, text=taken.words, filters={facet: tuple(codes) for facet, codes in filters.items()})


def _code(facet: str, value: str, labels: Labels) -> str:
    if facet == "organisation":
        return value
    if facet == YEAR:
        if value.isdecimal() and int(value[:5]) in _YEARS:
            return str(int(value))
        raise _refused(f"{facet}: {value[:20]!r} is no year from {_YEARS[0]} to {_YEARS[-1]}.")
    code = labels.code_named(facet, value)
    if code is None:
        known = tuple(one for one, _ in labels.terms(facet, "en"))
        raise _refused(f"{facet}: {value[:60]!r} is not in {VOCABULARIES[facet]}.", known)
    return code


def _refused(message: str, known: tuple[str, ...] = ()) -> Invalid:
    error = FieldError(pointer="", parameter="query.q", code="unknown-code", message=message, allowed=known)
    return Invalid(message, errors=(error,))
