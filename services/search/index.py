"""One index on disk: changes in, snapshots out.

Changes and the position they reach are one commit. A snapshot never changes; each commit makes the next one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tantivy
from tantivy import DocAddress, IndexWriter, Occur, Query, Schema, Searcher, SearchResult

from services.search.analysis import Analysis, stemmer_of
from services.search.changes import Change, Put
from services.search.entry import Organisation
from services.search.labels import Labels
from services.search.schema import (
    ABOUT,
    ANYTHING,
    ATTACHED,
    BODY,
    FACETS,
    FINGERPRINT,
    GRAM,
    HEADING,
    KEY,
    META_KEY,
    NAME,
    PRACTICE,
    PUBLISHED,
    SAID,
    SEQUENCE,
    SUMMARY,
    TITLE,
    TYPE,
    VERSION,
    WORD,
    Documents,
    Position,
    build_schema,
    read_position,
    read_shown,
)
from services.search.stemming import UNSTEMMED
from shared.ids import new_id

# One thread: commits of a few practices are quick, and one writer never takes both cores. The heap is taken as it is
# needed; a batch of a rebuild fits in it, so it becomes one segment, which spares two fifths of the work in merges.
_HEAP_BYTES: Final = 60_000_000
_BY_LANGUAGE: Final = {"language": {"terms": {"field": "language", "size": 500}}}
_PROBED: Final = 50
_PLACES_BITS: Final = 16  # of a place, for the changes of one commit; above them stands the position of the commit


class IndexBroken(Exception):
    """The index cannot be used any longer: it is missing, damaged, of another schema, or its disk fails."""


@contextlib.contextmanager
def engine() -> Iterator[None]:
    """Turn what the library raises, its panics too, into IndexBroken.

    A panic is a BaseException of a class that the library does not export; it is known by its name.
    """
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        raise IndexBroken(str(error)) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise IndexBroken(f"panic: {error}") from error
        raise


def total(result: SearchResult) -> int:
    """Return how many documents matched, also beyond the hits listed."""
    return int(result.count)  # type: ignore[attr-defined]  # the library's stubs leave it out


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The index as it was after one commit. ``generation`` names it, also towards other replicas.

    ``languages`` are those that practices are written in (primary subtags), ``stemmers`` theirs, ``label_stemmers``
    those of labels; ``attached`` whether files beside practices say something.
    """

    generation: str
    searcher: Searcher
    schema: Schema
    position: Position
    practices: int
    attached: bool
    languages: frozenset[str]
    stemmers: frozenset[str]
    label_stemmers: frozenset[str]

    def term(self, field: str, value: str | int) -> Query:
        return Query.term_query(self.schema, field, value)

    def count(self, query: Query) -> int:
        """Return how many documents match. Scores, which would take half of the time, are not worked out."""
        return total(self.searcher.search(Query.const_score_query(query, 0.0), 1))

    def everything(self) -> Query:
        """Match every practice, and neither the marks of withdrawn ones nor the position."""
        return self.term(TYPE, PRACTICE)


class SearchIndex:
    """One index. ``apply`` is called by one thread at a time; ``snapshot`` may be read by any.

    It is opened for reading; only the first change asks for more, so one on a disk that takes nothing serves too.
    """

    def __init__(self, folder: Path | None, *, analysis: Analysis, labels: Labels, fixed: bool = False) -> None:
        """Open the index in ``folder`` or make an empty one; raises IndexBroken when it cannot be used.

        A ``fixed`` one takes no change. Without a folder it is empty and takes none: what there is to serve while no
        disk takes an index.
        """
        self.folder = folder
        self._fixed = fixed or folder is None
        self._documents = Documents(analysis, labels)
        self._label_stemmers = frozenset((UNSTEMMED, *map(stemmer_of, labels.languages())))
        self._id = new_id()
        self._commits = 0
        self.organisation_names: dict[str, str] = {}
        with engine():
            self._schema = build_schema()
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(self._schema, path=str(folder) if folder else None)
            analysis.register(self._index)
            self._index.config_reader(reload_policy="manual")
            self._index.reload()
            position = self._position()
        self._writer: IndexWriter | None = None
        self.snapshot = self._look(position)

    def apply(self, changes: Sequence[Change], position: Position) -> Snapshot:
        """Commit the changes together with the position they reach, and return what is found from now on.

        A change that is earlier than what is there has no effect; one of the same version takes its place, since a
        person may have been taken out of it. Raises IndexBroken; then nothing was committed.
        """
        with engine():
            writer = self._writing()
            latest: dict[str, tuple[int, int]] = {}
            for place, change in enumerate(changes, position.sequence << _PLACES_BITS):
                known = latest.get(change.id) or self._order_of(change.id)
                if known is None or change.order >= known:
                    latest[change.id] = change.order
                    self._replace(writer, change, position, place)
            before = self.snapshot.position
            if not latest or (before.stream, before.complete) != (position.stream, position.complete):
                writer.delete_documents_by_term(KEY, META_KEY)
                writer.add_document(self._documents.meta(position))
            writer.commit()
            self._index.reload()
        self._commits += 1
        self.snapshot = self._look(position)
        return self.snapshot

    def intact(self) -> bool:
        """Whether its folder is still there, which the library notices only at the next commit."""
        return self.folder is not None and (self.folder / "meta.json").exists()

    def probe(self) -> None:
        """Read something of every kind there is in the index; raises IndexBroken when that does not go well."""
        with engine():
            snapshot = self._look(self._position())
            searcher, everything = snapshot.searcher, snapshot.everything()
            searcher.aggregate(everything, {field: {"terms": {"field": field}} for field in FACETS})
            for _, address in searcher.search(everything, _PROBED, order_by_field=PUBLISHED).hits:
                read_shown(searcher.doc(address))
            for field in (BODY, TITLE, SUMMARY, ABOUT, ATTACHED, GRAM, WORD, HEADING, NAME):
                searcher.search(Query.boolean_query([(Occur.Should, snapshot.term(field, "a"))]), 1)

    def close(self) -> None:
        """Let the writer go; snapshots stay usable until they are let go too."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(IndexBroken), engine():
                writer.rollback()

    def organisation_name(self, code: str) -> str:
        """Return the name under which an organisation last appeared; its code where it appears no longer.

        Raises IndexBroken.
        """
        if code not in self.organisation_names:
            snapshot = self.snapshot
            with engine():
                hits = snapshot.searcher.search(snapshot.term("organisation", code), 1, count=False).hits
                for _, address in hits:
                    self._remember(*(Organisation(code=c, name=n) for c, n in _shown_at(snapshot, address)))
        return self.organisation_names.get(code, code)

    def _remember(self, *organisations: Organisation) -> None:
        for organisation in organisations:
            self.organisation_names[organisation.code] = organisation.name

    def _writing(self) -> IndexWriter:
        """Return what writes. Raises what the library raises; a disk that takes nothing is told by it."""
        if self._fixed:
            raise IndexBroken("the disk of the index takes nothing")
        if self._writer is None:
            self._writer = self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        return self._writer

    def _replace(self, writer: IndexWriter, change: Change, position: Position, place: int) -> None:
        writer.delete_documents_by_term(KEY, change.id)
        if isinstance(change, Put):
            self._remember(*change.entry.organisations)
            writer.add_document(self._documents.practice(change.entry, position, place=place))
        else:
            writer.add_document(self._documents.gone(change.id, change.order, position))

    def _order_of(self, practice_id: str) -> tuple[int, int] | None:
        """Return how late what the index has of a practice is; None where it has nothing."""
        searcher = self.snapshot.searcher
        if not searcher.doc_freq(KEY, practice_id):
            return None
        addresses = [address for _, address in searcher.search(self.snapshot.term(KEY, practice_id), 1).hits]
        if not addresses:
            return None
        version, said = (searcher.fast_field_values(field, addresses)[0] for field in (VERSION, SAID))
        return int(version or 0), int(said or 0)

    def _position(self) -> Position:
        """Read how far the index on disk has got."""
        searcher = self._index.searcher()
        if not searcher.num_docs:
            return Position()
        found = searcher.search(Query.term_query(self._schema, KEY, META_KEY), 1, count=False).hits
        if not found:
            raise IndexBroken("the index does not say how far it got")
        last = searcher.search(Query.all_query(), 1, count=False, order_by_field=SEQUENCE).hits[0][1]
        sequence = int(searcher.fast_field_values(SEQUENCE, [last])[0] or 0)
        position, fingerprint = read_position(searcher.doc(found[0][1]), sequence)
        if fingerprint != FINGERPRINT:
            raise IndexBroken(f"the index is of schema {fingerprint}, not {FINGERPRINT}")
        return position

    def _look(self, position: Position) -> Snapshot:
        with engine():
            searcher = self._index.searcher()
            practices = Query.term_query(self._schema, TYPE, PRACTICE)
            counted = searcher.aggregate(practices, _BY_LANGUAGE)
            languages = frozenset(bucket["key"] for bucket in counted["language"]["buckets"])
            return Snapshot(
                generation=f"{self._id}.{self._commits}",
                searcher=searcher,
                schema=self._schema,
                position=position,
                practices=total(searcher.search(practices, 1)),
                attached=bool(searcher.doc_freq(ATTACHED, ANYTHING)),
                languages=languages,
                stemmers=frozenset((UNSTEMMED, *map(stemmer_of, languages))),
                label_stemmers=self._label_stemmers,
            )


def _shown_at(snapshot: Snapshot, address: DocAddress) -> list[tuple[str, str]]:
    return [(code, name) for code, name in read_shown(snapshot.searcher.doc(address))["organisations"]]


def open_index(folder: Path | None, *, labels: Labels, fixed: bool = False) -> SearchIndex:
    """Open or make the index in a folder, or one of nothing, with analysers of its own; raises IndexBroken."""
    return SearchIndex(folder, analysis=Analysis(), labels=labels, fixed=fixed)
