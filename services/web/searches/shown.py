"""What a saved search looks for, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from services.web.calls.vocabularies import Term
from services.web.page.visit import Visit
from services.web.reader.asked import FACETS, Asked
from services.web.reader.search_pages import facet_name

Json = dict[str, Any]

LISTS: Final = {
    "kind": "kinds",
    "sector": "sectors",
    "theme": "themes",
    "region": "regions",
    "evidence_level": "evidence-levels",
}
FREQUENCIES: Final = ("at_once", "daily", "off")
NAME_LENGTH: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Words and filters, each filter as (name of the facet, label)."""

    asked: Asked
    filters: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """What it may be called until its owner says otherwise."""
        labels = ", ".join(label for _, label in self.filters)
        name = f"{self.asked.text} ({labels})" if self.asked.text and labels else self.asked.text or labels
        name = " ".join(name.split())
        return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1].rstrip()}…"


async def looked_for(visit: Visit, *searches: Asked) -> list[Looked]:
    """Return what searches look for, in the visitor's language."""
    terms = await visit.terms(*LISTS.values())
    return [_looked(visit, asked, terms) for asked in searches]


def asked_of(saved: Json) -> Asked:
    """Return what a saved search asks, as the search page has it."""
    return Asked(text=saved["q"], chosen={facet: tuple(codes) for facet, codes in saved["filters"].items()})


def _looked(visit: Visit, asked: Asked, terms: dict[str, dict[str, Term]]) -> Looked:
    filters = (
        (facet_name(visit, facet), _label(visit, facet, code, terms))
        for facet in FACETS
        for code in asked.chosen.get(facet, ())
    )
    return Looked(asked=asked, filters=tuple(filters))


def _label(visit: Visit, facet: str, code: str, terms: dict[str, dict[str, Term]]) -> str:
    if facet == "country":
        return visit.formats.country(code)
    if facet == "language":
        return visit.formats.language_name(code)
    term = terms[LISTS[facet]].get(code) if facet in LISTS else None
    return term.label if term else code
