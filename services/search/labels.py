"""What the codes of facets are called, and which codes there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from services.search.analysis import primary
from services.search.entry import Entry
from shared.vocabulary import Vocabularies, Vocabulary

# Facet → vocabulary. Years and organisations are open: any may be asked for.
VOCABULARIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kind": "kinds",
        "sector": "sectors",
        "theme": "themes",
        "country": "countries",
        "region": "regions",
        "language": "languages",
        "evidence_level": "evidence-levels",
    }
)
# Labels of target groups in these are indexed with every practice, beside those in its own languages.
COMMON_LANGUAGES: Final = ("en", "fr", "de")
_TARGET_GROUP: Final = "target group"

# A facet, one of its codes, and the languages in which its names are indexed: none for all that there are.
Named = tuple[str, str, tuple[str, ...]]


class Labels:
    """Labels from the shared code lists."""

    def __init__(self, vocabularies: Vocabularies) -> None:
        self._lists: Mapping[str, Vocabulary] = {
            facet: vocabularies[name] for facet, name in VOCABULARIES.items() if name in vocabularies
        }
        self._target_groups = vocabularies["target-groups"]
        self._named = {facet: _by_name(known) for facet, known in self._lists.items()}

    def label(self, facet: str, code: str, language: str) -> str:
        """Return what a code is called in a language, in English, or the code itself."""
        known = self._lists.get(facet)
        return known.label(code, language) if known else code

    def code_named(self, facet: str, name: str) -> str | None:
        """Return the code of a facet that is written so, or called so in any language, in any case; None for none."""
        return self._named[facet].get(name.strip().casefold())

    def broader(self, facet: str, code: str) -> str | None:
        """Return the code that a code lies in, of the same facet: the region of a sub-region."""
        known = self._lists.get(facet)
        return known[code].broader if known and code in known else None

    def languages(self) -> frozenset[str]:
        """Return every language in which themes have a label."""
        return frozenset(self._lists["theme"].languages)

    def indexed(self, entry: Entry) -> Iterator[Named]:
        """Yield what is known by its names: themes, sectors and countries in every language there is a name in, target
        groups in the practice's own languages and the common ones.
        """
        for codes, facet in ((entry.themes, "theme"), (entry.sectors, "sector"), (entry.countries, "country")):
            known = self._lists[facet]
            yield from ((facet, code, ()) for code in codes if code in known)
        own = tuple(dict.fromkeys((*COMMON_LANGUAGES, *(primary(language) for language in entry.languages))))
        for code in entry.target_groups:
            if code in self._target_groups:
                labels = self._target_groups[code].labels
                yield _TARGET_GROUP, code, tuple(language for language in own if language in labels)

    def names(self, named: Named) -> Iterator[tuple[str, str]]:
        """Yield (language, name) of what ``indexed`` yields. Codes of sectors are words people use."""
        facet, code, languages = named
        labels = (self._target_groups if facet == _TARGET_GROUP else self._lists[facet])[code].labels
        yield from ((language, labels[language]) for language in languages or labels)
        if facet == "sector":
            yield "en", code.replace("-", " ")

    def terms(self, facet: str, language: str) -> Iterator[tuple[str, str]]:
        """Yield (code, label) of a facet's whole list in one language."""
        for code in self._lists[facet].codes:
            yield code, self._lists[facet].label(code, language)


def _by_name(known: Vocabulary) -> dict[str, str]:
    """Map codes and labels, casefolded, to codes; a code counts before a label, an earlier label before a later."""
    labels = {label.casefold(): code for code in reversed(known.codes) for label in known[code].labels.values()}
    return labels | {code.casefold(): code for code in known.codes}
