"""Suggestions while somebody types: themes, sectors and places by their labels, organisations and titles.

Only what leads somewhere is offered: a theme, sector or place that no practice has is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from tantivy import Occur, Query

from services.search.analysis import Analysis, primary
from services.search.index import Snapshot, engine
from services.search.labels import Labels
from services.search.schema import HEADING, NAME, read_shown

_LISTS: Final = ("theme", "sector", "country", "region")
_MOST_LABELS: Final = 4
_MOST_ORGANISATIONS: Final = 3
_READ: Final = 20  # practices looked at
_MOST_WORDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """``kind`` is theme, sector, country, region, organisation or title.

    ``code`` is what to filter by, for a title the id of the practice.
    """

    kind: str
    text: str
    code: str
    language: str


class Suggestions:
    """Finds what begins like what was typed."""

    def __init__(self, labels: Labels, analysis: Analysis) -> None:
        self._labels = labels
        self._analysis = analysis
        self._lists: dict[str, list[tuple[Suggestion, list[str]]]] = {}

    def find(self, text: str, snapshot: Snapshot, *, language: str, limit: int) -> list[Suggestion]:
        """Return at most ``limit`` suggestions; every typed word begins a word of each. Raises IndexBroken."""
        typed = self._analysis.plain(text)[:_MOST_WORDS]
        if not typed:
            return []
        begun = (one for one, words in self._listed(language or "en") if _begun(typed, words))
        with engine():
            labels = list(islice((one for one in begun if _leads_somewhere(one, snapshot)), _MOST_LABELS))
            taking_part, headed = (list(_read(field, typed, snapshot)) for field in (NAME, HEADING))
        organisations = self._fitting(typed, _organisations(taking_part))
        titles = self._fitting(typed, _titles(headed, language))
        found = [*labels, *organisations[:_MOST_ORGANISATIONS], *titles]
        return found[:limit]

    def _listed(self, language: str) -> list[tuple[Suggestion, list[str]]]:
        language = primary(language)
        if language not in self._labels.languages():
            language = "en"
        if language not in self._lists:
            self._lists[language] = [
                (Suggestion(kind=kind, text=label, code=code, language=language), self._analysis.plain(label))
                for kind in _LISTS
                for code, label in self._labels.terms(kind, language)
            ]
        return self._lists[language]

    def _fitting(self, typed: Sequence[str], offered: Iterable[Suggestion]) -> list[Suggestion]:
        """Keep what fits, each once, what begins with the first word typed before what has it further on."""
        words = {(one.kind, one.text): (one, self._analysis.plain(one.text)) for one in offered}
        fitting = [(one, plain) for one, plain in words.values() if _begun(typed, plain)]
        return [one for one, _ in sorted(fitting, key=lambda found: not found[1][0].startswith(typed[0]))]


def _begun(typed: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(word.startswith(start) for word in words) for start in typed)


def _leads_somewhere(label: Suggestion, snapshot: Snapshot) -> bool:
    """Whether a practice has this code now. The index counts withdrawn ones too for a while, a search does not."""
    if not snapshot.searcher.doc_freq(label.kind, label.code):
        return False
    return snapshot.count(snapshot.term(label.kind, label.code)) > 0


def _read(field: str, typed: Sequence[str], snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """Yield what is shown of practices that have words in a field that begin so."""
    bounds = [
        (Occur.Must, Query.fuzzy_term_query(snapshot.schema, field, word, distance=0, prefix=True)) for word in typed
    ]
    for _, address in snapshot.searcher.search(Query.boolean_query(bounds), _READ, count=False).hits:
        yield read_shown(snapshot.searcher.doc(address))


def _organisations(shown: Iterable[dict[str, Any]]) -> Iterator[Suggestion]:
    for one in shown:
        for code, name in one["organisations"]:
            yield Suggestion(kind="organisation", text=name, code=code, language="")


def _titles(shown: Iterable[dict[str, Any]], language: str) -> Iterator[Suggestion]:
    for one in shown:
        titles: dict[str, str] = one["titles"]
        own = [tag for tag in titles if language and primary(tag) == primary(language)]
        for tag in dict.fromkeys((*own, *titles)):
            yield Suggestion(kind="title", text=titles[tag], code=one["id"], language=tag)
