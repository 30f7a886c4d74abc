"""Sets (section 2.6): by kind, sector, theme, country and language, each under one that holds all of its sort.

A region of a language lies under the language: ``language:pt:BR`` in ``language:pt``.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from services.syndication.domain.filters import Filter
from services.syndication.store.criteria import Query, now_in
from shared.events.found_under import FoundUnder
from shared.vocabulary import vocabulary

# By the first part of a setSpec: the name of it, the filter, the code list, the field of ``FoundUnder``.
_SORTS: Final = {
    "kind": ("By kind", "kinds", "kinds", "kind"),
    "sector": ("By education sector", "sectors", "sectors", "sectors"),
    "theme": ("By theme", "themes", "themes", "themes"),
    "country": ("By country", "countries", "countries", "countries"),
    "language": ("By language", "languages", "languages", "languages"),
}


def criteria(spec: str) -> Query:
    """Return the query of a set; of one that there is not, a query that finds nothing."""
    sort, _, code = spec.partition(":")
    if sort not in _SORTS:
        return {"_id": {"$in": []}}
    _, name, _, field = _SORTS[sort]
    if not code:
        path = "found_under.kind" if field == "kind" else f"found_under.{field}.0"
        return {path: {"$exists": True}}
    return now_in(Filter(**{name: frozenset({code.replace(":", "-")})}))


def specs_of(codes: FoundUnder | None) -> list[str]:
    """Return the sets that something with these codes is in, without those that hold them."""
    if codes is None:
        return []
    found = [f"kind:{codes.kind}"]
    found += [f"sector:{code}" for code in codes.sectors]
    found += [f"theme:{code}" for code in codes.themes]
    found += [f"country:{code}" for code in codes.countries]
    return found + [f"language:{_spec(tag)}" for tag in codes.languages]


def listed(present: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield setSpec and name of every set in which there is anything, each after the one that holds it."""
    for sort, (title, _, codes, field) in _SORTS.items():
        values = present.get(field, ())
        if not values:
            continue
        yield sort, title
        bases = {tag.partition("-")[0] for tag in values} if sort == "language" else set()
        for code in sorted({*values, *bases}):
            yield f"{sort}:{_spec(code) if sort == 'language' else code}", _name(codes, code)


def _name(codes: str, code: str) -> str:
    base, _, rest = code.partition("-")
    if codes == "languages" and rest:
        return f"{vocabulary(codes).label(base)} ({rest})"
    return vocabulary(codes).label(code)


def _spec(tag: str) -> str:
    return tag.replace("-", ":")
