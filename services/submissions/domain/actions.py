"""What an author can do next, so that a front-end need not know the rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from services.submissions.domain.contribution import Contribution
from services.submissions.domain.publication import KEEP_DISCARDED_DAYS
from services.submissions.domain.standing import Standing, standing_of
from services.submissions.domain.state import EDITABLE, REVISABLE, UNDECIDED, State


class Action(StrEnum):
    """The steps that are an author's to take."""

    EDIT = "edit"
    SUBMIT = "submit"
    DISCARD = "discard"
    RESTORE = "restore"
    WITHDRAW = "withdraw"
    RESUBMIT = "resubmit"
    REVISE = "revise"
    CONFIRM = "confirm"
    APPEAL = "appeal"


def actions(contribution: Contribution, now: datetime) -> tuple[Action, ...]:
    """Return the steps that would not be refused for the state the contribution is in."""
    return next_steps(standing_of(contribution), now)


def next_steps(standing: Standing, now: datetime) -> tuple[Action, ...]:
    """Return the steps that would not be refused for what stands like that."""
    state, public = standing.state, standing.public_version is not None
    can = {
        Action.EDIT: state in EDITABLE,
        Action.SUBMIT: state is State.DRAFT,
        Action.DISCARD: state is State.DRAFT,
        Action.RESTORE: _restorable(standing, now),
        Action.WITHDRAW: state in UNDECIDED,
        Action.RESUBMIT: state is State.CHANGES_REQUESTED,
        Action.REVISE: state in REVISABLE or (public and state is State.REJECTED),
        Action.CONFIRM: public and state is not State.TOMBSTONED,
        Action.APPEAL: _appealable(standing, now),
    }
    return tuple(action for action, allowed in can.items() if allowed)


def _restorable(standing: Standing, now: datetime) -> bool:
    is_aside = standing.set_aside_at is not None and standing.state is State.PUBLISHED
    since = standing.set_aside_at if is_aside else standing.discarded_at
    return since is not None and since > now - timedelta(days=KEEP_DISCARDED_DAYS)


def _appealable(standing: Standing, now: datetime) -> bool:
    until = standing.appeal_until
    return standing.state is State.REJECTED and until is not None and now <= until and not standing.was_appealed
