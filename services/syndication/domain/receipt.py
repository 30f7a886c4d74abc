"""What became of a publication: since when it is in the feeds, which systems have it, which still wait for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from shared.events.found_under import code_of, is_lead

# Events of different practices may stand in the stream in another order than their times, by the moment that a relay
# takes. Only what is older than the last acknowledged one by more than that is taken to be acknowledged.
_ORDER_HOLDS_AFTER: Final = timedelta(seconds=10)


class Way(StrEnum):
    WEBHOOK = "webhook"
    PARTNER = "partner"


class Reached(StrEnum):
    """``waiting`` is not there yet and still tried; ``failed`` was given up."""

    ACKNOWLEDGED = "acknowledged"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A system that a publication is for. ``at`` is when it acknowledged, where that is known."""

    organisation: str
    way: Way
    reached: Reached
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPlace:
    """How far a partner is: ``acknowledged_up_to`` is the time of the last event before which all are acknowledged."""

    organisation: str
    subjects: frozenset[str]
    since: datetime | None
    idle: bool
    acknowledged_up_to: datetime | None

    def of(self, subject: str, said_at: datetime) -> Subscriber | None:
        """Tell how an event that was said on this subject stands with the partner; None when it is not for it."""
        if (self.subjects and subject not in self.subjects) or (self.since and said_at < self.since):
            return None
        up_to = self.acknowledged_up_to
        has_it = self.idle or (up_to is not None and said_at + _ORDER_HOLDS_AFTER < up_to)
        reached = Reached.ACKNOWLEDGED if has_it else Reached.WAITING
        return Subscriber(organisation=self.organisation, way=Way.PARTNER, reached=reached)


class Findable(StrEnum):
    """``overtaken``: a later version, or the end of the practice, came before search had this one."""

    FOUND = "found"
    WAITING = "waiting"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """How many mails and inbox entries tell people of a version, as counted at a moment."""

    as_of: datetime
    waiting: int
    sent: int
    failed: int
    uncertain: int
    inbox: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What other services said of a version. ``indexed_at`` is when search found it, where that was noticed;

    ``organisations`` are those of its authors that are not known from what it says itself.
    """

    indexed: bool = False
    indexed_at: datetime | None = None
    notified: Notified | None = None
    organisations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A version that became public. ``in_feed_at`` is when the feeds and the catalogue had it."""

    event_id: str
    version: int
    published_at: datetime
    in_feed_at: datetime
    findable: Findable
    found_at: datetime | None
    notified: Notified | None
    subscribers: tuple[Subscriber, ...]


def findable(version: int, reaches: Mapping[int, Reach], *, withdrawn: bool) -> Findable:
    """Say how a version stands with search. ``withdrawn``: the practice was taken down after it."""
    if version in reaches and reaches[version].indexed:
        return Findable.FOUND
    later = any(other > version and reach.indexed for other, reach in reaches.items())
    return Findable.OVERTAKEN if later or withdrawn else Findable.WAITING


def may_see(organisation: str | None, content: Mapping[str, Any], submitted_by: Iterable[str]) -> bool:
    """Say whether the organisation that somebody's account names may see a receipt: it leads the practice, by its id or
    its name, or the accounts of its authors name it.
    """
    if not organisation:
        return False
    return is_lead(organisation, content) or code_of(organisation) in map(code_of, submitted_by)


def count(subscribers: Iterable[Subscriber], way: Way) -> dict[Reached, int]:
    """Count the subscribers of one way by how they were reached."""
    found = dict.fromkeys(Reached, 0)
    for one in subscribers:
        if one.way is way:
            found[one.reached] += 1
    return found
