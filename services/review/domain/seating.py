"""Who sits at a case: claiming, assigning, renewing, giving back, finishing, and what time takes back."""

from dataclasses import replace
from datetime import datetime

from .case import Case, CaseState
from .errors import AlreadySeated, CaseNotOpen, NotFresh, NotSeated, ReviewDone, SeatTaken
from .lease import Seat, renewed, taken
from .policy import Policy


def swept(case: Case, *, now: datetime) -> tuple[Case, tuple[Seat, ...]]:
    """Take back the seats whose lease has ended; returns the case and those seats."""
    lapsed = tuple(seat for seat in case.seats if seat.expired(now))
    if not lapsed or case.state is not CaseState.OPEN:
        return case, ()
    return replace(case, seats=tuple(seat for seat in case.seats if seat not in lapsed)), lapsed


def seated(case: Case, reviewer_id: str, *, policy: Policy, now: datetime, assigned_by: str | None = None) -> Case:
    """Seat a reviewer. A claim needs one of the seats that the quorum asks for; a coordinator may add some.

    Expects a swept case; whether the person is free of conflict and has room for it is checked elsewhere.
    """
    require_open(case)
    if reviewer_id in case.barred:
        raise NotFresh("They had a part in the decision this appeal is against.")
    if seat := case.seat_of(reviewer_id):
        raise AlreadySeated(extra={"until": None if seat.completed else seat.lease_until})
    places = case.quorum if assigned_by is None else max(case.quorum, policy.seats_max)
    if len(case.seats) >= places:
        ends = [seat.lease_until for seat in case.seats if not seat.completed]
        raise SeatTaken(
            "Every place is taken" + (f" until {min(ends):%Y-%m-%d %H:%M} UTC." if ends else "; the reviews are in."),
            extra={"until": min(ends) if ends else None},
        )
    seat = taken(reviewer_id, assigned_by=assigned_by, policy=policy, now=now)
    return replace(case, seats=(*case.seats, seat), took_part=case.took_part | {reviewer_id})


def extended(case: Case, reviewer_id: str, *, policy: Policy, now: datetime) -> Case:
    seat = require_seat(case, reviewer_id, now=now)
    return _with(case, renewed(seat, policy=policy, now=now))


def released(case: Case, reviewer_id: str, *, now: datetime) -> Case:
    """Give an unfinished seat back."""
    seat = require_seat(case, reviewer_id, now=now)
    return replace(case, seats=tuple(other for other in case.seats if other is not seat))


def finished(case: Case, reviewer_id: str, *, now: datetime) -> Case:
    seat = require_seat(case, reviewer_id, now=now)
    return _with(case, replace(seat, completed_at=now))


def conflict_declared(case: Case, person_id: str) -> Case:
    """Keep the person from the case for good; a review they finished in this sitting no longer counts."""
    seats = case.seats
    if case.state is CaseState.OPEN:
        seats = tuple(seat for seat in seats if seat.reviewer_id != person_id)
    return replace(case, seats=seats, declared=case.declared | {person_id})


def require_open(case: Case) -> None:
    if case.state is not CaseState.OPEN:
        raise CaseNotOpen(extra={"state": case.state.value})


def require_seat(case: Case, reviewer_id: str, *, now: datetime) -> Seat:
    """Return the running, unfinished seat of this reviewer, or say why there is none."""
    require_open(case)
    seat = case.seat_of(reviewer_id)
    if seat is None:
        raise NotSeated("Claim the case first.")
    if seat.completed:
        raise ReviewDone
    if seat.expired(now):
        raise NotSeated(
            "The lease of the claim has ended; claim it again, what you wrote is kept.",
            extra={"until": seat.lease_until},
        )
    return seat


def _with(case: Case, changed: Seat) -> Case:
    return replace(
        case,
        seats=tuple(changed if seat.reviewer_id == changed.reviewer_id else seat for seat in case.seats),
    )
