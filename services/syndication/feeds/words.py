"""The few words of a feed that are ours, in the languages of the pages."""

from typing import Final

from services.syndication.domain.filters import Filter
from shared.vocabulary import vocabulary

LANGUAGES: Final = ("en", "fr", "de")
SITE: Final = "Practice Exchange"
_LISTS: Final = {
    "kinds": "kinds",
    "sectors": "sectors",
    "themes": "themes",
    "countries": "countries",
    "languages": "languages",
    "organisations": None,
}
_SUBTITLE: Final = {
    "en": "Good practices, lessons learned and proposals for joint action: what is new and what changed",
    "fr": "Bonnes pratiques, enseignements et propositions d’action commune : nouveautés et changements",
    "de": "Gute Praxis, Lehren und Vorschläge für gemeinsames Handeln: Neues und Geändertes",
}
_LEFT: Final = {
    "en": "It no longer belongs to this feed.",
    "fr": "Ne fait plus partie de ce flux.",
    "de": "Gehört nicht mehr zu diesem Feed.",
}
_STALE: Final = {"en": "Due for a check", "fr": "À vérifier", "de": "Zu überprüfen"}


def spoken(tag: str | None) -> str:
    """Return which of our languages a BCP 47 tag means; English where none."""
    base = (tag or "").partition("-")[0].lower()
    return base if base in LANGUAGES else "en"


def title(wanted: Filter, language: str) -> str:
    """Return the name of the feed: the site, and what it is filtered by."""
    parts = []
    for name, values in wanted.as_json().items():
        if name != "types":
            source = _LISTS[name]
            parts += [vocabulary(source).label(code, language) if source else code for code in values]
    return f"{SITE}: {', '.join(parts)}" if parts else SITE


def subtitle(language: str) -> str:
    return _SUBTITLE[language]


def left(language: str) -> str:
    """Say why an entry is no longer in a feed, where it still is public."""
    return _LEFT[language]


def stale(language: str) -> str:
    """Say that the authors did not confirm in time that it still holds."""
    return _STALE[language]


def reason(code: str | None, language: str) -> str:
    """Say why something was taken down."""
    return vocabulary("tombstone-reasons").label(code, language) if code else left(language)
