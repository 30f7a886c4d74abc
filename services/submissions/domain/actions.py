"""What an author can do next, so that a front-end need not know the rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from services.submissions.domain.contribution import Contribution
from services.submissions.domain.publication import KEEP_DISCARDED_DAYS
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
    state, public = contribution.state, contribution.publication is not None
    can = {
        Action.EDIT: state in EDITABLE,
        Action.SUBMIT: state is State.DRAFT,
        Action.DISCARD: state is State.DRAFT,
        Action.RESTORE: _restorable(contribution, now),
        Action.WITHDRAW: state in UNDECIDED,
        Action.RESUBMIT: state is State.CHANGES_REQUESTED,
        Action.REVISE: state in REVISABLE or (public and state is State.REJECTED),
        Action.CONFIRM: public and state is not State.TOMBSTONED,
        Action.APPEAL: _appealable(contribution, now),
    }
    return tuple(action for action, allowed in can.items() if allowed)


def _restorable(contribution: Contribution, now: datetime) -> bool:
    aside = contribution.set_aside
    since = aside.at if aside and contribution.state is State.PUBLISHED else contribution.discarded_at
    return since is not None and since > now - timedelta(days=KEEP_DISCARDED_DAYS)


def _appealable(contribution: Contribution, now: datetime) -> bool:
    until = contribution.appeal_until
    return contribution.state is State.REJECTED and until is not None and now <= until and not contribution.was_appealed
