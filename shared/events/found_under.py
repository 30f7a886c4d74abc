"""What a public practice is found under: the codes that others filter by, the same on every channel and in search."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

_ORGANISATIONS: Final = ("lead_organisation", "partner_organisations", "supporting_organisations")
_NOT_IN_A_CODE: Final = re.compile(r"[\W_]+")


class FoundUnder(BaseModel):
    """The codes that a practice is found under."""

    model_config = ConfigDict(frozen=True)

    kind: str = Field(description="`practice`, `lesson_learned` or `joint_action`")
    sectors: tuple[str, ...] = Field(default=(), description="Education sectors")
    themes: tuple[str, ...] = Field(default=(), description="Themes")
    countries: tuple[str, ...] = Field(default=(), description="Countries (ISO 3166-1 alpha-2)")
    languages: tuple[str, ...] = Field(default=(), description="The languages it is written in (BCP 47)")
    organisations: tuple[str, ...] = Field(
        default=(), description="Organisations that took part: the id of each, or where it has none a code of its name"
    )


def found_under(kind: str, content: Mapping[str, Any], languages: Iterable[str]) -> FoundUnder:
    """Return what a practice with this public content is found under."""
    return FoundUnder(
        kind=kind,
        sectors=_codes(content.get("sectors")),
        themes=_codes(content.get("themes")),
        countries=_codes(content.get("countries")),
        languages=tuple(languages),
        organisations=tuple(dict(organisations_of(content))),
    )


def organisations_of(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield code and name of each organisation that took part, the leading one first."""
    for place in (content, content.get("joint_action") or {}):
        for field in _ORGANISATIONS:
            value = place.get(field)
            for part in value if isinstance(value, list | tuple) else (value,):
                if isinstance(part, dict):
                    name = str(part.get("name") or part.get("id") or "")
                    if code := str(part.get("id") or "") or code_of(name):
                        yield code, name


def is_lead(organisation: str | None, content: Mapping[str, Any]) -> bool:
    """Say whether an organisation, as an account names it, leads what this content tells: by its id or its name."""
    lead = content.get("lead_organisation") or {}
    known = {code_of(str(lead[name])) for name in ("id", "name") if lead.get(name)}
    return bool(organisation) and code_of(str(organisation)) in known


def code_of(name: str) -> str:
    """Return the code that a name stands under: without case and punctuation, words joined by hyphens."""
    return _NOT_IN_A_CODE.sub("-", unicodedata.normalize("NFKC", name).casefold()).strip("-")


def _codes(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(str, value))) if isinstance(value, list | tuple) else ()
