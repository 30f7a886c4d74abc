"""A filter as a query of MongoDB on the codes that a practice is found under."""

import re
from typing import Any, Final

from services.syndication.domain.filters import Filter
from shared.events.base import TYPE_PREFIX

_FIELDS: Final = {
    "kinds": "kind",
    "sectors": "sectors",
    "themes": "themes",
    "countries": "countries",
    "languages": "languages",
    "organisations": "organisations",
}

Query = dict[str, Any]


def now_in(wanted: Filter) -> Query:
    """What is found under it now; of what was taken down, what was found under it last."""
    codes = _codes(wanted)
    return _types(wanted) | {f"found_under.{name}": query for name, query in codes.items()}


def ever_in(wanted: Filter) -> Query:
    """What is found under it, and what once was: whoever keeps what fits is to hear of what does no longer."""
    codes = _codes(wanted)
    if not codes:
        return _types(wanted)
    now = {f"found_under.{name}": query for name, query in codes.items()}
    return _types(wanted) | {"$or": [now, {"earlier": {"$elemMatch": codes}}]}


def _codes(wanted: Filter) -> Query:
    return {
        field: {"$in": _languages(codes) if name == "languages" else sorted(codes)}
        for name, field in _FIELDS.items()
        if (codes := getattr(wanted, name))
    }


def _languages(tags: frozenset[str]) -> list[Any]:
    """A language without a region fits all its regions."""
    return [*sorted(tags), *(re.compile(f"^{re.escape(tag)}-") for tag in sorted(tags) if "-" not in tag)]


def _types(wanted: Filter) -> Query:
    if not wanted.types:
        return {}
    names = "|".join(re.escape(name) for name in sorted(wanted.types))
    return {"type": re.compile(rf"^{re.escape(TYPE_PREFIX)}(?:{names})\.v\d+$")}
