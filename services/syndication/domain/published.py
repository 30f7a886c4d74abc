"""What a public event tells, as this service looks at it: which practice, and under which codes it is and was found."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.events.envelope import Envelope, Received
from shared.events.found_under import FoundUnder
from shared.events.practices import PracticeRevised, PracticeWithdrawn, PublicPractice


class State(StrEnum):
    """How a practice stands towards the public."""

    LIVE = "live"
    STALE = "stale"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One public event. ``said`` counts the events of its practice from 1. ``found_under`` are the codes it concerns:

    what the practice is found under now, first, and, where that changed, before; whoever keeps only some of the
    practices has to hear that one left. ``practice`` is None once it was taken down.
    """

    event_id: str
    type: str
    time: datetime
    practice_id: str
    said: int
    state: State
    found_under: tuple[FoundUnder, ...]
    practice: PublicPractice | None
    envelope: Envelope


def published(event: Received[Any]) -> Published:
    """Read a public event."""
    data, practice = event.data, getattr(event.data, "practice", None)
    before = data.before if isinstance(data, PracticeRevised | PracticeWithdrawn) else None
    codes = (practice.found_under() if practice else None, before)
    return Published(
        event_id=event.id,
        type=event.envelope.type,
        time=event.time,
        practice_id=event.envelope.subject,
        said=event.version,
        state=State(practice.state) if practice else State.WITHDRAWN,
        found_under=tuple(dict.fromkeys(one for one in codes if one)),
        practice=practice,
        envelope=event.envelope,
    )
