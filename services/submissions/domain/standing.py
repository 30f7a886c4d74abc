"""Where a contribution stands: what lists need of it, without its texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.submissions.domain.contribution import Contribution
from services.submissions.domain.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``open_comments`` ask for an answer before the next round; ``unanswered`` are those without a kept one yet."""

    state: State
    version: int
    round: int
    public_version: int | None
    stale: bool
    review_by: date | None
    discarded_at: datetime | None
    set_aside_at: datetime | None
    appeal_until: datetime | None
    was_appealed: bool
    open_comments: int
    unanswered: int


def standing_of(contribution: Contribution) -> Standing:
    """Return where a whole contribution stands."""
    publication, feedback, aside = contribution.publication, contribution.feedback, contribution.set_aside
    asks = feedback if contribution.state is State.CHANGES_REQUESTED else None
    return Standing(
        state=contribution.state,
        version=contribution.version,
        round=contribution.round,
        public_version=publication.version if publication else None,
        stale=bool(publication and publication.stale),
        review_by=publication.review_by if publication else None,
        discarded_at=contribution.discarded_at,
        set_aside_at=aside.at if aside else None,
        appeal_until=contribution.appeal_until,
        was_appealed=contribution.was_appealed,
        open_comments=len(asks.open_comments) if asks else 0,
        unanswered=len(asks.unanswered) if asks else 0,
    )
