"""Public events as submissions says them, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.events.base import EventData
from shared.events.envelope import Envelope, Received, decode, schema_address
from shared.events.practices import PublicPractice
from shared.ids import new_id

NOW = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)


def practice(practice_id: str, *, version: int = 1, **content: Any) -> PublicPractice:
    """Return a small public practice; ``content`` replaces parts of what it says."""
    whole = {
        "kind": "practice",
        "source_language": "en",
        "title": {"en": {"text": "Shadow weeks", "provenance": "original"}},
        "summary": {"en": {"text": "Teachers follow each other.", "provenance": "original"}},
        "sectors": ["adult"],
        "themes": ["staff-mobility"],
        "countries": ["FI"],
        "lead_organisation": {"name": "Evening School of Turku"},
        "licence": "CC-BY-4.0",
    } | content
    return PublicPractice(
        id=practice_id,
        version=version,
        kind=whole["kind"],
        content=whole,
        languages=tuple(whole["title"]),
        published_at=NOW,
        first_published_at=NOW,
        review_by=NOW.date().replace(year=2028),
        address=f"https://practices.example/practices/{practice_id}",
    )


def said(data: EventData, practice_id: str, number: int = 1, *, time: datetime = NOW) -> Received[Any]:
    """Return the event as a handler hears it: the ``number``-th of its practice."""
    identifier = new_id()
    envelope = Envelope(
        id=identifier,
        source="/submissions",
        type=data.type,
        subject=practice_id,
        time=time,
        dataschema=schema_address(type(data)),
        partitionkey=f"practice:{practice_id}",
        aggregateversion=number,
        correlationid=identifier,
        data=data.model_dump(mode="json"),
    )
    return decode(envelope)
