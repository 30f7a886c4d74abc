"""What the columns of an export mean, by their names.

The names differ in case, apostrophes and wording between years and programmes, the grant column carries a footnote in
its name, and partners come as numbered groups, any number of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_NAMES: Mapping[str, tuple[str, ...]] = {
    "identifier": ("project identifier", "project reference", "project number", "project id"),
    "title": ("project title", "title"),
    "programme": ("programme", "funding programme", "program"),
    "key_action": ("key action",),
    "action_type": ("action type", "action"),
    "call_year": ("call year", "call", "year"),
    "topics": ("topics", "topic"),
    "summary": ("project summary", "summary", "project description"),
    "status": ("project status", "project or accreditation status"),
    "website": ("project website",),
    "card": ("results platform project card", "project card"),
    "countries": ("participating countries",),
    "start": ("start date", "project start date"),
    "end": ("end date", "project end date"),
    "lead_name": ("coordinating organisation name", "coordinator name", "coordinator's name"),
    "lead_type": ("coordinating organisation type", "coordinator's organisation type"),
    "lead_country": ("coordinator's country", "coordinating organisation country"),
    "lead_website": ("coordinator's website", "coordinating organisation website"),
}
_BY_START: Mapping[str, str] = {"grant": "eu grant award"}
_PARTNER = re.compile(r"partner (\d+) (name|organisation type|country|website)")
_PARTNER_FIELDS = {"name": "name", "organisation type": "type", "country": "country", "website": "website"}
_NEEDED = ("identifier", "title")
# One of these has to be there too: an identifier and a title alone could be any list.
_TELLING = ("programme", "key_action", "action_type", "card", "lead_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where each cell is: ``places`` by our name, ``partners`` by number, each with its own places."""

    places: Mapping[str, int]
    partners: Sequence[Mapping[str, int]]
    width: int

    def cell(self, cells: Sequence[str], name: str) -> str:
        """Return the cell of that meaning, without space around it; empty where this export has no such column."""
        place = self.places.get(name)
        return cells[place].strip() if place is not None else ""

    def partner_cells(self, cells: Sequence[str]) -> list[dict[str, str]]:
        """Return the named partners, each with ``name``, ``type``, ``country`` and ``website`` as far as there are."""
        found = ({name: cells[place].strip() for name, place in partner.items()} for partner in self.partners)
        return [partner for partner in found if partner.get("name")]


def columns_of(header: Sequence[str]) -> Columns | None:
    """Return the columns of an export's header, or None if it is not one."""
    places: dict[str, int] = {}
    partners: dict[int, dict[str, int]] = {}
    meanings = {name: meaning for meaning, names in _NAMES.items() for name in names}
    for place, raw in enumerate(header):
        name = _plain(raw)
        if match := _PARTNER.fullmatch(name):
            partners.setdefault(int(match[1]), {}).setdefault(_PARTNER_FIELDS[match[2]], place)
        elif meaning := meanings.get(name) or _by_start(name):
            places.setdefault(meaning, place)
    if not all(name in places for name in _NEEDED) or not any(name in places for name in _TELLING):
        return None
    return Columns(places=places, partners=[partners[number] for number in sorted(partners)], width=len(header))


def _by_start(name: str) -> str | None:
    return next((meaning for meaning, start in _BY_START.items() if name.startswith(start)), None)


def _plain(name: str) -> str:
    return " ".join(name.replace("’", "'").replace("ʼ", "'").replace("`", "'").split()).casefold()
