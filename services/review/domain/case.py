"""A review case: one version of one contribution on its way to a decision, round after round."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from .conflict import Parties
from .errors import NotWaiting
from .lease import Seat
from .policy import Policy
from .quorum import reached, required
from .review import Outcome


class CaseState(StrEnum):
    """Open while it is reviewed; every other state waits for the author or is the end."""

    OPEN = "open"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What a reviewer looks for in the queue."""

    sectors: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision of a sitting, as far as the case itself has to know it."""

    outcome: Outcome
    decided_by: str
    decided_at: datetime
    appeal_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What opens a round: the facts of one submitted snapshot."""

    round: int
    kind: str
    title: Mapping[str, str]
    author_ids: tuple[str, ...]
    parties: Parties
    facets: Facets


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """``round`` counts the author's submissions, as the submissions service tells it; ``sitting`` counts our own
    examinations, an appeal included.

    ``author_ids`` are those a decision is told to; ``parties`` hold everybody who may not judge it.
    ``seats`` are those of the present sitting. ``took_part`` are the reviewers seated in any sitting so far;
    ``barred`` those who may neither review nor decide in an appeal.
    """

    case_id: str
    contribution_id: str
    version: int
    kind: str
    title: Mapping[str, str]
    round: int
    sitting: int
    state: CaseState
    opened_at: datetime
    due_at: datetime
    quorum: int
    author_ids: tuple[str, ...]
    parties: Parties
    facets: Facets = field(default_factory=Facets)
    seats: tuple[Seat, ...] = ()
    declared: frozenset[str] = frozenset()
    took_part: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    appealed: bool = False
    verdict: Verdict | None = None
    withdrawn_at: datetime | None = None

    @property
    def completed(self) -> int:
        """Finished reviews of this sitting."""
        return sum(seat.completed for seat in self.seats)

    @property
    def ready(self) -> bool:
        return reached(self.completed, self.quorum)

    @property
    def places_left(self) -> int:
        """Seats that anybody may still claim, expired leases counted as taken until they are swept."""
        return max(0, self.quorum - len(self.seats)) if self.state is CaseState.OPEN else 0

    @property
    def running(self) -> tuple[Seat, ...]:
        """Seats whose review is not finished, as long as it can be."""
        return tuple(seat for seat in self.seats if not seat.completed) if self.state is CaseState.OPEN else ()

    @property
    def next_lease(self) -> datetime | None:
        """When the first lease ends."""
        return min((seat.lease_until for seat in self.running), default=None)

    @property
    def next_due(self) -> datetime:
        """When the first thing is due: a review, or the decision."""
        return min([self.due_at, *(seat.due_at for seat in self.running)])

    @property
    def since(self) -> datetime:
        """When it came to be as it is: opened, with enough reviews, decided or withdrawn."""
        if self.state is CaseState.OPEN:
            done = sorted(seat.completed_at for seat in self.seats if seat.completed_at)
            return done[self.quorum - 1] if self.ready else self.opened_at
        if self.state is CaseState.WITHDRAWN:
            return self.withdrawn_at or self.opened_at
        return self.verdict.decided_at if self.verdict else self.opened_at

    def overdue(self, now: datetime) -> bool:
        return self.state is CaseState.OPEN and self.next_due < now

    def seat_of(self, person_id: str) -> Seat | None:
        return next((seat for seat in self.seats if seat.reviewer_id == person_id), None)


def case_id_of(contribution_id: str, version: int) -> str:
    return f"{contribution_id}-{version}"


def opened(contribution_id: str, version: int, entry: Entry, *, policy: Policy, now: datetime) -> Case:
    """A new case for a version that nobody has looked at yet."""
    return Case(
        case_id=case_id_of(contribution_id, version),
        contribution_id=contribution_id,
        version=version,
        kind=entry.kind,
        title=entry.title,
        round=entry.round,
        sitting=1,
        state=CaseState.OPEN,
        opened_at=now,
        due_at=now + policy.case_due,
        quorum=required(policy, entry.kind),
        author_ids=entry.author_ids,
        parties=entry.parties,
        facets=entry.facets,
    )


def reopened(case: Case, entry: Entry, *, policy: Policy, now: datetime) -> Case | None:
    """The next round of a case whose author answered; None when that round, or a later one, was opened before.

    Raises NotWaiting unless the author had been asked for changes.
    """
    if entry.round <= case.round:
        return None
    if case.state is not CaseState.CHANGES_REQUESTED:
        raise NotWaiting(f"The case is {case.state.value}; round {entry.round} cannot begin.")
    fresh = replace(
        case,
        round=entry.round,
        kind=entry.kind,
        title=entry.title,
        author_ids=entry.author_ids,
        parties=entry.parties,
        facets=entry.facets,
        quorum=required(policy, entry.kind),
    )
    return _next_sitting(fresh, policy=policy, now=now)


def appealed(case: Case, *, round_: int, policy: Policy, now: datetime) -> Case | None:
    """A rejected case before fresh eyes, once; None when there is no rejection left to appeal against."""
    if case.state is not CaseState.REJECTED or case.appealed or case.verdict is None:
        return None
    barred = case.took_part | {case.verdict.decided_by}
    fresh = replace(case, appealed=True, barred=case.barred | barred, round=max(round_, case.round))
    return _next_sitting(fresh, policy=policy, now=now)


def withdrawn(case: Case, *, round_: int, now: datetime) -> Case | None:
    """The case after its author took the contribution back; None when that has been heard before.

    A decided case can still be withdrawn: the author's withdrawal and our decision crossed, and the contribution is
    its author's. The verdict stays on record.
    """
    if case.state is CaseState.WITHDRAWN or round_ < case.round:
        return None
    seats = tuple(seat for seat in case.seats if seat.completed)
    return replace(case, state=CaseState.WITHDRAWN, seats=seats, withdrawn_at=now)


def _next_sitting(case: Case, *, policy: Policy, now: datetime) -> Case:
    return replace(
        case,
        sitting=case.sitting + 1,
        state=CaseState.OPEN,
        opened_at=now,
        due_at=now + policy.case_due,
        seats=(),
        verdict=None,
    )
