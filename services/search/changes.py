"""What a message of the catalogue asks of the index."""

from __future__ import annotations

from dataclasses import dataclass

from services.search.entry import Entry, entry_of
from shared.errors import Permanent
from shared.events.envelope import decode, parse_envelope
from shared.events.practices import (
    JointActionAgreed,
    JointActionAgreementRetracted,
    PracticeConfirmed,
    PracticePublished,
    PracticeRevised,
    PracticeStale,
    PracticeWithdrawn,
)

_SNAPSHOTS = (
    PracticePublished,
    PracticeRevised,
    PracticeConfirmed,
    PracticeStale,
    JointActionAgreed,
    JointActionAgreementRetracted,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Index this, unless something later is there. ``traceparent`` is the trace of the event that asks for it."""

    entry: Entry
    traceparent: str | None = None

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def order(self) -> tuple[int, int]:
        return self.entry.order


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Take this practice out, unless something later is there."""

    id: str
    order: tuple[int, int]
    traceparent: str | None = None


Change = Put | Remove


def change_of(body: bytes) -> Change:
    """Read a message; raises Permanent with the reason when it can never be indexed."""
    received = decode(parse_envelope(body))
    data, trace = received.data, received.envelope.traceparent
    if isinstance(data, _SNAPSHOTS):
        try:
            return Put(entry=entry_of(data.practice, said=received.version), traceparent=trace)
        except (TypeError, ValueError, AttributeError) as error:
            raise Permanent(f"the content of the practice cannot be indexed: {error!r}") from error
    if isinstance(data, PracticeWithdrawn):
        return Remove(id=data.practice_id, order=(data.version, received.version), traceparent=trace)
    raise Permanent(f"{received.envelope.type} has no place in the catalogue")
