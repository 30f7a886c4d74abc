"""Practices, the events about them, and a catalogue to put them on, for the tests of search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from services.search.analysis import Analysis
from services.search.changes import Change, Put, Remove
from services.search.entry import entry_of
from services.search.find import Found, Search, find
from services.search.index import SearchIndex, Snapshot, open_index
from services.search.labels import Labels
from services.search.schema import Position
from shared.bus.topology import CATALOGUE
from shared.events.base import EventData
from shared.events.envelope import Envelope, schema_address
from shared.events.practices import PracticePublished, PracticeRevised, PracticeWithdrawn, PublicPractice
from shared.ids import new_id
from shared.vocabulary import Vocabularies

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANALYSIS = Analysis()
LABELS = Labels(Vocabularies.load())


def worded(**texts: str) -> dict[str, Any]:
    """A text by language, as the record writes it."""
    return {language: {"text": text, "provenance": "original"} for language, text in texts.items()}


def practice(
    id: str | None = None,  # noqa: A002
    *,
    title: str = "Teachers abroad",
    language: str = "en",
    version: int = 1,
    published: datetime = NOW,
    titles: dict[str, Any] | None = None,
    attached: str = "",
    **content: Any,
) -> PublicPractice:
    """A public practice. Fields of the content may be given; ``titles`` is the title in several languages.

    ``attached`` is what files beside it say.
    """
    given = {
        "kind": "practice",
        "source_language": language,
        "title": titles or worded(**{language: title}),
        "sectors": ["school"],
        "themes": ["staff-mobility"],
        "countries": ["PT"],
        "evidence_level": "experience",
        "lead_organisation": {"id": "escola", "name": "Escola do Mar"},
        "period": {"start": "2023-01-01", "end": "2024-06-30"},
    } | content
    id = id or new_id()  # noqa: A001
    return PublicPractice(
        id=id,
        version=version,
        kind=given["kind"],
        content=given,
        languages=tuple(given["title"]),
        attached_text=attached,
        published_at=published,
        first_published_at=published,
        review_by=(published + timedelta(days=730)).date(),
        address=f"http://127.0.0.1:8101/practices/{id}",
    )


def put(made: PublicPractice, said: int = 1) -> Put:
    return Put(entry=entry_of(made, said=said))


def remove(id: str, version: int = 1, said: int = 2) -> Remove:  # noqa: A002
    return Remove(id=id, order=(version, said))


def index_of(folder: Path, *made: PublicPractice) -> SearchIndex:
    """An index that holds these practices."""
    index = open_index(folder, labels=LABELS)
    apply(index, *map(put, made))
    return index


def apply(index: SearchIndex, *changes: Change) -> Snapshot:
    """Apply changes as the next messages of a stream."""
    sequence = index.snapshot.position.sequence + len(changes)
    return index.apply(changes, Position(stream="tests", sequence=sequence, complete=True))


def search(snapshot: Snapshot, text: str = "", **wanted: Any) -> Found:
    return find(Search(text=text, filters=wanted.pop("filters", {}), **wanted), snapshot, ANALYSIS)


def ids(found: Found) -> list[str]:
    return [hit.shown["id"] for hit in found.hits]


def body(data: EventData, practice_id: str, said: int) -> bytes:
    """An event as it stands on the catalogue."""
    return Envelope(
        id=new_id(),
        source="submissions",
        type=data.type,
        subject=practice_id,
        time=NOW,
        dataschema=schema_address(type(data)),
        partitionkey=f"practice:{practice_id}",
        aggregateversion=said,
        correlationid=new_id(),
        data=data.model_dump(mode="json"),
    ).to_bytes()


class Publisher:
    """Says things on the catalogue, as submissions does."""

    def __init__(self, connection: Client) -> None:
        self.connection = connection
        self.js = connection.jetstream()

    async def publish(self, made: PublicPractice, said: int = 1) -> int:
        """Publish a practice, or a revision of it; return the sequence."""
        event = PracticePublished if said == 1 else PracticeRevised
        return await self.send(made.id, body(event(practice=made), made.id, said))

    async def withdraw(self, practice_id: str, *, version: int = 1, said: int = 2) -> int:
        """Withdraw a practice."""
        gone = PracticeWithdrawn(
            practice_id=practice_id, version=version, title={"en": "x"}, reason_code="author-request", withdrawn_at=NOW
        )
        return await self.send(practice_id, body(gone, practice_id, said))

    async def send(self, practice_id: str, raw: bytes) -> int:
        """Put any bytes on the catalogue."""
        return (await self.js.publish(f"catalogue.{practice_id}", raw, stream=CATALOGUE, timeout=5)).seq

    async def publish_all(self, made: Sequence[PublicPractice]) -> int:
        """Publish many; return the last sequence."""
        return [await self.publish(one) for one in made][-1]
