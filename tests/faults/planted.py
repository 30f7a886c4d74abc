"""What a fault run puts on the bus itself: events that nobody can handle, known by their ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.events.envelope import CONTENT_TYPE
from shared.events.registry import EVENTS
from shared.events.submissions import SubmissionDrafted
from shared.ids import new_id

PREFIX = "planted-"


def is_planted(name: str) -> bool:
    """Whether an event, an aggregate or a practice is of our own planting."""
    return PREFIX in name


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A message as it is published."""

    id: str
    subject: str
    body: bytes
    headers: dict[str, str]


def poison(family: str, kind: str) -> Planted:
    """Return a message of one family that every one of its consumers has to give up."""
    event = next(event for event in EVENTS if event.family() == family)
    return _message(event.subject, event.type, {}, make=POISONS[kind])


def drafted(aggregate: str, version: int) -> Planted:
    """Return an event that is well, of a contribution that is nowhere else."""
    data = {"contribution_id": aggregate, "author_ids": ["nobody"]}
    return _message(SubmissionDrafted.subject, SubmissionDrafted.type, data, aggregate=aggregate, version=version)


def _message(
    subject: str,
    kind: str,
    data: dict[str, Any],
    *,
    aggregate: str = "",
    version: int = 1,
    make: Callable[[dict[str, Any]], bytes] | None = None,
) -> Planted:
    identifier = f"{PREFIX}{new_id()}"
    about = aggregate or identifier
    envelope = {
        "specversion": "1.0",
        "id": identifier,
        "source": "/faults",
        "type": kind,
        "subject": about,
        "time": datetime.now(UTC).isoformat(),
        "dataschema": "none",
        "partitionkey": f"contribution:{about}",
        "aggregateversion": version,
        "correlationid": identifier,
        "data": data,
    }
    headers = {"Nats-Msg-Id": identifier, "content-type": CONTENT_TYPE}
    return Planted(
        id=identifier, subject=subject, body=make(envelope) if make else json.dumps(envelope).encode(), headers=headers
    )


POISONS: Mapping[str, Callable[[dict[str, Any]], bytes]] = {
    "not to be decoded": lambda _: b"\xff\x00 this is no JSON",
    "of an unknown type": lambda envelope: _with(envelope, type=f"{envelope['type']}.of-another-world"),
    "with unfit data": lambda envelope: _with(envelope, data={"contribution_id": ["not", "a", "text"]}),
    "of version 0": lambda envelope: _with(envelope, aggregateversion=0),
    "of version seven": lambda envelope: _with(envelope, aggregateversion="seven"),
}


def _with(envelope: dict[str, Any], **changed: Any) -> bytes:
    return json.dumps({**envelope, **changed}).encode()
