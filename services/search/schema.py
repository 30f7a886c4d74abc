"""The fields of the index and how a practice fills them.

One text field is stemmed by each text's own language: document frequencies stay true across languages, which a field
per language would break. Beside it stands a field of character 4-grams with a lower weight.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2s
from importlib.metadata import version
from itertools import chain
from typing import Any, Final

from tantivy import Document, Schema, SchemaBuilder

from services.search.analysis import ANALYSIS_VERSION, GRAMS, SPACED, Analysis, side_by_side, stemmer_of, words_of
from services.search.entry import Entry, language_codes
from services.search.labels import Labels, Named
from services.search.stemming import UNSTEMMED
from shared.vocabulary.world import regions_of

# Raise it when fields or what they hold change: every index made before is then rebuilt.
SCHEMA_VERSION: Final = 11

FINGERPRINT: Final = f"{SCHEMA_VERSION}.{ANALYSIS_VERSION}.{version('tantivy')}"

BODY, TITLE, SUMMARY, ABOUT = "body", "title", "summary", "about"  # stemmed
ATTACHED = "attached"  # stemmed too: each word of attached files once
GRAM, WORD, HEADING, NAME = "gram", "word", "heading", "name"  # not stemmed; words of titles, of organisations
KEY, TYPE, SHOWN, PUBLISHED = "key", "type", "shown", "published"
REUSES = "reuses"  # numbers of the practices that it links to
NUMBER = "number"  # the key as the library can read it of many practices at once
PLACE = "place"  # in the order in which they came: neighbours share all but the end, so many are soon looked up
VERSION, SAID, SEQUENCE = "version", "said", "sequence"
PRACTICE, GONE, META = "practice", "gone", "meta"
META_KEY: Final = ":meta"
ANYTHING: Final = ":any"  # stands in ``ATTACHED`` wherever that holds something; no text has such a word

CODE_FACETS: Final = ("kind", "sector", "theme", "country", "region", "language", "evidence_level", "organisation")
YEAR: Final = "year"
FACETS: Final = (*CODE_FACETS[:6], YEAR, *CODE_FACETS[6:])

# Of each language, so much prose is kept for snippets; all of it is searched.
_SNIPPET_TEXT: Final = 8_000
# Of zlib's levels the last that costs little more than the first; the library itself compresses less.
_QUICKLY: Final = 3


def build_schema() -> Schema:
    """Return the schema. Stemmed fields keep positions for phrases; the others do not need them."""
    builder = SchemaBuilder()
    builder.add_text_field(BODY, tokenizer_name=SPACED, index_option="position")
    for field in (TITLE, SUMMARY):
        builder.add_text_field(field, tokenizer_name=SPACED, index_option="freq")
    builder.add_text_field(GRAM, tokenizer_name=GRAMS, index_option="freq")
    for field in (ABOUT, ATTACHED, WORD, HEADING, NAME):  # each word once
        builder.add_text_field(field, tokenizer_name=SPACED, index_option="basic")
    for field in (KEY, TYPE):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for field in CODE_FACETS:
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic", fast=True)
    for field in (YEAR, NUMBER, PLACE, PUBLISHED, VERSION, SAID, SEQUENCE):
        builder.add_unsigned_field(field, indexed=field in {YEAR, NUMBER, PLACE}, fast=True)
    builder.add_unsigned_field(REUSES, fast=True)
    builder.add_bytes_field(SHOWN, stored=True)
    return builder.build()


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far an index has followed the catalogue.

    ``stream`` says which stream it was (when it was made), ``sequence`` the last message in it; ``complete`` is true
    once the index had everything that was there. Every document carries the sequence of its commit, so a commit needs
    a document for the position only when it has no other or when the rest of the position changes.
    """

    stream: str = ""
    sequence: int = 0
    complete: bool = False


class _NameStems(dict[Named, tuple[str, ...]]):
    """The stems of the names of a code, worked out once: there are few codes, and practices share them."""

    def __init__(self, analysis: Analysis, labels: Labels) -> None:
        super().__init__()
        self._analysis = analysis
        self._labels = labels

    def __missing__(self, named: Named) -> tuple[str, ...]:
        names = ((stemmer_of(language), name) for language, name in self._labels.names(named))
        stems = (self._analysis.stems(name, stemmer) for stemmer, name in names)
        found = self[named] = tuple(dict.fromkeys(chain.from_iterable(stems)))
        return found


class Documents:
    """Makes the documents of an index."""

    def __init__(self, analysis: Analysis, labels: Labels) -> None:
        self._analysis = analysis
        self._labels = labels
        self._name_stems = _NameStems(analysis, labels)

    def practice(self, entry: Entry, position: Position, *, place: int = 0) -> Document:
        """Return the document of a practice; ``place`` is its own where there are several."""
        document = _document(PRACTICE, entry.id, position, order=entry.order, shown=_shown(entry))
        document.add_unsigned(PLACE, place)
        self._add_texts(document, entry)
        self._add_about(document, entry)
        document.add_unsigned(PUBLISHED, int(entry.published_at.timestamp() * 1000))
        for facet, codes in codes_of(entry).items():
            for code in codes:
                document.add_text(facet, code)
        for year in entry.years:
            document.add_unsigned(YEAR, year)
        for practice_id in entry.reuses:
            document.add_unsigned(REUSES, number_of(practice_id))
        return document

    def gone(self, practice_id: str, order: tuple[int, int], position: Position) -> Document:
        """Return the mark of a withdrawn practice, by which an older event about it is known for old."""
        return _document(GONE, practice_id, position, order=order)

    def meta(self, position: Position) -> Document:
        """Return the document that carries the whole position, replaced in the same commit as what it counts."""
        shown = {"stream": position.stream, "complete": position.complete, "fingerprint": FINGERPRINT}
        return _document(META, META_KEY, position, order=(0, 0), shown=shown)

    def _add_texts(self, document: Document, entry: Entry) -> None:
        everything: list[str] = []
        for field, texts in ((TITLE, entry.titles), (SUMMARY, entry.summaries), (BODY, entry.texts)):
            for language, text in texts.items():
                stems = self._stems(text, stemmer_of(language), everything)
                document.add_text(BODY, stems)
                if field != BODY:
                    document.add_text(field, stems)
        if entry.names:
            document.add_text(BODY, self._stems("\n".join(entry.names), UNSTEMMED, everything))
        if entry.attached:
            document.add_text(ATTACHED, side_by_side((ANYTHING, *dict.fromkeys(self._attached(entry)))))
        document.add_text(GRAM, side_by_side(everything))
        document.add_text(WORD, side_by_side(dict.fromkeys(everything)))

    def _attached(self, entry: Entry) -> list[str]:
        """Return the stems of what files say, in the language that it seems to be in.

        In one that the practice is not written in, a query may not be stemmed: then the words as they are, too.
        """
        text, language = entry.attached, self._analysis.language_of(entry.attached) or entry.source_language
        stems = self._analysis.stems(text, stemmer_of(language))
        return stems if language in entry.languages else stems + self._analysis.stems(text, UNSTEMMED)

    def _stems(self, text: str, stemmer: str, everything: list[str]) -> str:
        """Return the stems of a text as they are written to the index, and add its plain words to those of all."""
        words = words_of(text, stemmer)
        everything += self._analysis.plain_of_words(words)
        return side_by_side(self._analysis.stems_of_words(words, stemmer))

    def _add_about(self, document: Document, entry: Entry) -> None:
        organisations = [organisation.name for organisation in entry.organisations]
        about = dict.fromkeys(chain.from_iterable(map(self._name_stems.__getitem__, self._labels.indexed(entry))))
        about |= dict.fromkeys(self._analysis.stems("\n".join(organisations), UNSTEMMED))
        document.add_text(ABOUT, side_by_side(about))
        for field, texts in ((HEADING, entry.titles.values()), (NAME, organisations)):
            words = self._analysis.plain("\n".join(texts))
            document.add_text(field, side_by_side(dict.fromkeys(words)))


def read_position(document: Document, sequence: int) -> tuple[Position, str]:
    """Return the position of an index, and the fingerprint of the schema it was written with.

    The document is the one that ``meta`` made; ``sequence`` is the highest in the index.
    """
    kept = read_shown(document)
    return Position(stream=kept["stream"], sequence=sequence, complete=kept["complete"]), kept["fingerprint"]


def read_shown(document: Document) -> dict[str, Any]:
    """Return what a document keeps to be shown."""
    shown: dict[str, Any] = json.loads(zlib.decompress(bytes(document[SHOWN][0])))
    return shown


def _document(
    kind: str, key: str, position: Position, *, order: tuple[int, int], shown: Mapping[str, Any] | None = None
) -> Document:
    document = Document()
    document.add_unsigned(SEQUENCE, position.sequence)
    document.add_text(TYPE, kind)
    document.add_text(KEY, key)
    document.add_unsigned(NUMBER, number_of(key))
    document.add_unsigned(VERSION, order[0])
    document.add_unsigned(SAID, order[1])
    if shown is not None:
        kept = json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()
        document.add_bytes(SHOWN, zlib.compress(kept, _QUICKLY))
    return document


def number_of(key: str) -> int:
    """Return the key as the library reads it of many practices at once, in the 53 bits that its counts keep."""
    return int.from_bytes(blake2s(key.encode(), digest_size=8).digest()) >> 11


def codes_of(entry: Entry) -> dict[str, tuple[str, ...]]:
    """Return the codes by which a practice is filtered, years apart."""
    return {
        "kind": (entry.kind,),
        "sector": entry.sectors,
        "theme": entry.themes,
        "country": entry.countries,
        "region": tuple(dict.fromkeys(chain.from_iterable(map(regions_of, entry.countries)))),
        "language": language_codes(entry),
        "evidence_level": (entry.evidence_level,) if entry.evidence_level else (),
        "organisation": tuple(organisation.code for organisation in entry.organisations),
    }


def _shown(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "version": entry.version,
        "kind": entry.kind,
        "state": entry.state,
        "address": entry.address,
        "published_at": entry.published_at.isoformat().replace("+00:00", "Z"),
        "first_published_at": entry.first_published_at.isoformat().replace("+00:00", "Z"),
        "source_language": entry.source_language,
        "languages": entry.languages,
        "titles": dict(entry.titles),
        "summaries": dict(entry.summaries),
        "texts": {language: text[:_SNIPPET_TEXT] for language, text in entry.texts.items()},
        "organisations": [[one.code, one.name] for one in entry.organisations],
        "names": entry.names,
        "sectors": entry.sectors,
        "themes": entry.themes,
        "countries": entry.countries,
        "evidence_level": entry.evidence_level,
        "years": entry.years,
    }
