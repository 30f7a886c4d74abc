"""The daily digest: what a person wants to hear once a day, gathered into one mail. Never an empty one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import Kind

# A mail is read, not scrolled: what goes beyond is counted, and stands in the inbox.
LINES_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to tell: its delivery key, its kind and the facts its sentence needs."""

    key: str
    kind: Kind
    at: datetime
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """``event_id`` is that of the digest itself: it follows from its first line, so making it twice makes one."""

    event_id: str
    shown: tuple[Line, ...]
    more: int


def gather(lines: Sequence[Line]) -> Digest | None:
    """Return the digest of these lines, oldest first and grouped by kind in the order of ``Kind``, or None."""
    if not lines:
        return None
    by_age = sorted(lines, key=lambda line: (line.at, line.key))
    order = {kind: position for position, kind in enumerate(Kind)}
    shown = sorted(by_age[:LINES_SHOWN], key=lambda line: order[line.kind])
    return Digest(event_id=f"digest-{by_age[0].key}", shown=tuple(shown), more=len(lines) - len(shown))
