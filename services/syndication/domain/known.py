"""A practice as this service knows it by its latest public event: what feeds, sitemaps and harvesters are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.syndication.domain.filters import Filter
from services.syndication.domain.published import State
from shared.events.found_under import FoundUnder
from shared.events.practices import PublicPractice


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One practice. ``time`` is when its latest event happened, ``changed_at`` when this service heard of it.

    ``found_under`` is what it is found under now, or was before it was taken down. ``practice`` is None once it was
    taken down; ``reason_code`` is None until then.
    """

    id: str
    state: State
    type: str
    event_id: str
    time: datetime
    changed_at: datetime
    found_under: FoundUnder | None
    practice: PublicPractice | None
    reason_code: str | None

    def is_in(self, wanted: Filter) -> bool:
        """Tell whether it is public and is found under what is wanted now."""
        return self.practice is not None and wanted.fits(self.type, (self.practice.found_under(),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A text and its language (BCP 47)."""

    text: str
    language: str


def said(texts: Any, *wanted: str | None) -> Said | None:
    """Choose from a text in several languages: the first wanted one that there is, else English, else any.

    ``pt`` is content with ``pt-BR`` and the other way round.
    """
    if not isinstance(texts, Mapping) or not texts:
        return None
    for tag in (*wanted, "en"):
        if tag and (found := _nearest(texts, tag)):
            return found
    tag = min(texts)
    return Said(text=_text(texts[tag]), language=tag)


def all_said(texts: Any, source: str | None) -> list[Said]:
    """Return a text in all of its languages, the source language first."""
    if not isinstance(texts, Mapping):
        return []
    tags = sorted(texts, key=lambda tag: (tag != source, tag))
    return [Said(text=_text(texts[tag]), language=tag) for tag in tags if _text(texts[tag])]


def _nearest(texts: Mapping[str, Any], tag: str) -> Said | None:
    base = tag.partition("-")[0]
    alike = sorted(one for one in texts if one.partition("-")[0] == base)
    for candidate in (tag, base, *alike):
        if candidate in texts and (text := _text(texts[candidate])):
            return Said(text=text, language=candidate)
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str((value or {}).get("text") or "")
