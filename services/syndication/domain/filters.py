"""Which public events somebody wants: the same filters for webhooks, the stream of events and the feeds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.events.base import TYPE_PREFIX
from shared.events.found_under import FoundUnder

# By the name of each filter, the codes that a practice is found under.
_CODES: Final = ("sectors", "themes", "countries", "languages", "organisations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """An event has to fit every filter that is set, by any of its codes. An empty one lets everything through.

    ``types`` are the names of what happened without prefix and version: ``practice.published``. A language fits its
    regional forms: ``pt`` lets ``pt-BR`` through.
    """

    types: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    themes: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()

    def fits(self, type_: str, found_under: Iterable[FoundUnder]) -> bool:
        """Say whether an event of this type is wanted that concerns a practice found under these codes.

        Of several sets of codes (what it is and what it was) any may fit.
        """
        return self.lets(type_) and (not self._by_code or any(self._fits(one) for one in found_under))

    def lets(self, type_: str) -> bool:
        """Say whether events of this type are wanted at all."""
        return not self.types or short(type_) in self.types

    def _fits(self, codes: FoundUnder) -> bool:
        if self.kinds and codes.kind not in self.kinds:
            return False
        return all(
            not (wanted := getattr(self, name)) or not wanted.isdisjoint(_forms(name, getattr(codes, name)))
            for name in _CODES
        )

    @property
    def _by_code(self) -> bool:
        return any(getattr(self, name) for name in ("kinds", *_CODES))

    def as_json(self) -> Mapping[str, list[str]]:
        """Return what is set, in the order of the alphabet."""
        return {name: sorted(wanted) for name in ("types", "kinds", *_CODES) if (wanted := getattr(self, name))}


def short(type_: str) -> str:
    """Return ``practice.published`` for ``eu.practice-exchange.practice.published.v1``."""
    return type_.removeprefix(TYPE_PREFIX).rpartition(".")[0]


def _forms(name: str, codes: Iterable[str]) -> Iterable[str]:
    if name != "languages":
        return codes
    return (form for code in codes for form in (code, code.partition("-")[0]))
