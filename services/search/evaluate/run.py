"""A collection indexed and asked as the service indexes practices and answers readers.

Nothing is told that a practice would not tell: not the language of a text or a query, which is found. A document is a
practice with a title and one text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from services.search.analysis import Analysis
from services.search.changes import Put
from services.search.entry import Entry
from services.search.evaluate.collection import Collection, Text
from services.search.evaluate.scores import RECALL_AT, ndcg, recall
from services.search.find import Search, ranked_ids
from services.search.index import SearchIndex, Snapshot, open_index
from services.search.labels import Labels
from services.search.language import Detect, detector
from services.search.schema import Position
from shared.vocabulary import Vocabularies

_BATCH: Final = 500
_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)

# Told what goes on, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How well a collection was searched: the means over its queries."""

    name: str
    texts: int
    queries: int
    ndcg: float
    recall: float


class Evaluator:
    """Measures one collection after the other, each in an index that is thrown away."""

    def __init__(self) -> None:
        self._labels = Labels(Vocabularies.load())
        self._analysis = Analysis()
        self._detect = detector()

    def measure(self, collection: Collection, progress: Progress) -> Measured:
        """Index the texts, ask the queries, score what is found; raises IndexBroken where the disk refuses."""
        with TemporaryDirectory(prefix="evaluate-") as folder:
            index = open_index(Path(folder) / "index", labels=self._labels)
            try:
                self._fill(index, collection, progress)
                ranked = dict(self._ask(collection, index.snapshot, progress))
            finally:
                index.close()
        scores = [
            (ndcg(found, collection.grades[q]), recall(found, collection.grades[q])) for q, found in ranked.items()
        ]
        return Measured(
            name=collection.name,
            texts=len(collection.texts),
            queries=len(scores),
            ndcg=sum(one for one, _ in scores) / len(scores),
            recall=sum(one for _, one in scores) / len(scores),
        )

    def _fill(self, index: SearchIndex, collection: Collection, progress: Progress) -> None:
        texts, done = iter(collection.texts), 0
        while batch := list(islice(texts, _BATCH)):
            done += len(batch)
            changes = [Put(entry=entry_of_text(text, self._detect)) for text in batch]
            index.apply(changes, Position(stream="evaluate", sequence=done, complete=done == len(collection.texts)))
            progress("indexing", done, len(collection.texts))

    def _ask(
        self, collection: Collection, snapshot: Snapshot, progress: Progress
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        for number, (query, text) in enumerate(collection.queries.items(), 1):
            yield query, ranked_ids(Search(text=text, filters={}, limit=RECALL_AT), snapshot, self._analysis)
            progress("asking", number, len(collection.queries))


def entry_of_text(text: Text, detect: Detect) -> Entry:
    """Return a document as a practice in the language that it seems to be in."""
    language, _ = detect(text.text or text.title)
    return Entry(
        id=text.id,
        version=1,
        said=1,
        kind="practice",
        state="live",
        address="",
        published_at=_DAY,
        first_published_at=_DAY,
        source_language=language,
        languages=(language,),
        titles={language: text.title} if text.title else {},
        summaries={},
        texts={language: text.text} if text.text else {},
        names=(),
        organisations=(),
        sectors=(),
        themes=(),
        target_groups=(),
        countries=(),
        evidence_level=None,
        years=(),
    )
