"""Whom a publication reached, in numbers: what its receipt tells of mails and inbox entries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import Kind
from services.notifications.domain.ledger import State

FIRST_LOOK: Final = timedelta(seconds=2)  # by then most mails went
LONGEST_PAUSE: Final = timedelta(minutes=10)
_KINDS: Final = frozenset({Kind.PUBLISHED, Kind.SEARCH_MATCHED})
_ON_THE_WAY: Final = frozenset({State.HELD, State.QUEUED, State.SENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Mails and inbox entries that tell of a version. Of ``uncertain`` mails nobody knows whether they went."""

    waiting: int = 0
    sent: int = 0
    failed: int = 0
    uncertain: int = 0
    inbox: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mails:
    """So many mails in a state. ``again`` says that they will be tried again."""

    state: State
    again: bool
    count: int


def publication_of(kind: Kind | None, facts: Facts | None) -> str | None:
    """Name the version of a practice that something tells of because it was published; None for all else."""
    if kind not in _KINDS or facts is None or facts.version is None:
        return None
    return f"{facts.contribution_id}/{facts.version}"


def parts_of(publication: str) -> tuple[str, int]:
    """Return the practice and the version that ``publication_of`` named."""
    practice_id, _, version = publication.rpartition("/")
    return practice_id, int(version)


def reach(mails: Iterable[Mails], *, in_digests: int, inbox: int) -> Reach:
    """Add up; ``in_digests`` are the digests to come that will tell of it. What was taken back counts for nothing."""
    waiting, sent, failed, uncertain = in_digests, 0, 0, 0
    for one in mails:
        if one.state in _ON_THE_WAY or (one.state is State.UNKNOWN and one.again):
            waiting += one.count
        elif one.state is State.SENT:
            sent += one.count
        elif one.state in (State.BOUNCED, State.FAILED):
            failed += one.count
        elif one.state is State.UNKNOWN:
            uncertain += one.count
    return Reach(waiting=waiting, sent=sent, failed=failed, uncertain=uncertain, inbox=inbox)


def pause(since: datetime, now: datetime) -> timedelta:
    """Return when to look again at what still waits: the longer it does, the less often, at most a quarter later."""
    return min(max((now - since) / 4, FIRST_LOOK), LONGEST_PAUSE)
