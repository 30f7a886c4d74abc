"""One step of the guided form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.web.share.fields import KINDS, Field

MOBILITY_THEMES = frozenset({"learner-mobility", "staff-mobility"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A page of the form. ``on_mobility``: only where a theme of mobility is chosen."""

    name: str
    title: str
    fields: tuple[Field, ...]
    lead: str = ""
    kinds: frozenset[str] = KINDS
    on_mobility: bool = False

    def applies(self, content: Mapping[str, Any]) -> bool:
        """Whether a contribution like this has the step: asked for, or something stands in it."""
        if not self.fields:
            return True
        if self.on_mobility:
            return bool(content.get("mobility")) or bool(MOBILITY_THEMES.intersection(content.get("themes") or ()))
        return (
            self.kinds == KINDS
            or content.get("kind") in self.kinds
            or any(field.asked(dict(content)) for field in self.fields)
        )

    def asked(self, content: Mapping[str, Any]) -> tuple[Field, ...]:
        """Return the fields that a contribution like this is asked for, or has."""
        return tuple(field for field in self.fields if field.asked(dict(content)))

    @property
    def holds_words(self) -> bool:
        return any(field.holds_words for field in self.fields)
