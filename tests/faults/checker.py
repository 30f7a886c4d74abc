"""What must hold after any faults: nothing acknowledged is lost, nothing takes effect twice, order is kept.

The checker is a pure function over what clients were told and what is there afterwards. It is itself tested with a
planted loss, a planted duplicate and a planted disorder.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the clients were told: ids of contributions whose step was acknowledged."""

    created: frozenset[str] = frozenset()
    submitted: frozenset[str] = frozenset()
    approved: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One message in the events stream."""

    id: str
    aggregate: str
    version: int
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """What is there when all has come to rest.

    ``markers`` are the clients' own marks of the contributions in the record, one each; ``effects`` are pairs of a
    consumer and what it made of an event, each of which may be there once; ``mails`` are Message-IDs as received,
    ``doubtful`` those that the ledger itself says may have been sent twice. ``offered`` are the public events in the
    stream, ``public`` those that others can read; ``letters`` tell of events that were given up and need not have been.
    """

    contributions: frozenset[str] = frozenset()
    markers: tuple[str, ...] = ()
    stream: tuple[Event, ...] = ()
    cases: tuple[str, ...] = ()
    published: frozenset[str] = frozenset()
    catalogue: frozenset[str] = frozenset()
    found: frozenset[str] = frozenset()
    effects: tuple[tuple[str, str], ...] = ()
    mails: tuple[str, ...] = ()
    due_mails: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    waiting: dict[str, int] = field(default_factory=dict)
    offered: frozenset[str] = frozenset()
    public: frozenset[str] = frozenset()
    letters: tuple[str, ...] = ()


def violations(told: Told, there: There) -> list[str]:
    """List every broken promise in words; empty when all hold."""
    return [
        *_missing("was acknowledged and is not in the record", told.created, there.contributions),
        *_missing("was submitted and has no review case", told.submitted, there.cases),
        *_missing("was approved and is not published", told.approved, there.published),
        *_missing("is published and not in the catalogue", there.published, there.catalogue),
        *_missing("is in the catalogue and not found by search", there.catalogue, there.found),
        *_missing("is found by search and not in the catalogue", there.found, there.catalogue),
        *_missing("is a public event and not in the public stream", there.offered, there.public),
        *(f"became a dead letter: {letter}" for letter in there.letters),
        *_missing("mail was due and not received", there.due_mails, there.mails),
        *_twice("contribution was made twice", there.markers),
        *_twice("review case was opened twice", there.cases),
        *_twice("effect was there twice", [f"{consumer}: {effect}" for consumer, effect in there.effects]),
        *_twice("mail was sent twice", [mail for mail in there.mails if mail not in there.doubtful]),
        *_disorder(there.stream),
        *(f"{count} still waiting at {place}" for place, count in there.waiting.items() if count),
    ]


def _missing(what: str, wanted: Iterable[str], present: Iterable[str]) -> list[str]:
    return [f"{one} {what}" for one in sorted(set(wanted) - set(present))]


def _twice(what: str, values: Iterable[str]) -> list[str]:
    return [f"{what}: {value} ({count} times)" for value, count in sorted(Counter(values).items()) if count > 1]


def _disorder(stream: Iterable[Event]) -> list[str]:
    """Each aggregate's versions must first appear as 1, 2, 3 …; a repeated copy of one is harmless."""
    found: list[str] = []
    seen: dict[str, int] = defaultdict(int)
    ids: dict[tuple[str, int], str] = {}
    for event in stream:
        place = (event.aggregate, event.version)
        if ids.setdefault(place, event.id) != event.id:
            found.append(f"{event.aggregate} has two events of version {event.version}")
        if event.version > seen[event.aggregate] + 1:
            found.append(f"{event.aggregate} goes from version {seen[event.aggregate]} to {event.version}")
        seen[event.aggregate] = max(seen[event.aggregate], event.version)
    return found
