"""A reviewer's own terms: load, pause, fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.review.domain.errors import LoadCapReached, NoMoreRenewals, ReviewerPaused
from services.review.domain.lease import renewed, taken
from services.review.domain.policy import Policy
from services.review.domain.quorum import required
from services.review.domain.reviewer import Reviewer

NOW = datetime(2026, 3, 1, tzinfo=UTC)
POLICY = Policy(renewals_max=1)


def test_one_case_more_than_agreed_is_refused() -> None:
    reviewer = Reviewer(person_id="p", holding=("a", "b"), load_cap=2)
    with pytest.raises(LoadCapReached) as refused:
        reviewer.require_room("c", default_cap=9, now=NOW)
    assert refused.value.extra == {"load": 2, "load_cap": 2}
    reviewer.require_room("b", default_cap=9, now=NOW)


def test_nobody_is_given_a_case_while_resting() -> None:
    reviewer = Reviewer(person_id="p", paused_until=NOW + timedelta(days=1))
    with pytest.raises(ReviewerPaused):
        reviewer.require_room("c", default_cap=3, now=NOW)
    reviewer.require_room("c", default_cap=3, now=NOW + timedelta(days=1))


def test_a_lease_ends_sharp_and_is_renewed_a_few_times_only() -> None:
    seat = taken("p", assigned_by=None, policy=POLICY, now=NOW)
    assert seat.held(seat.lease_until - timedelta(milliseconds=1))
    assert not seat.held(seat.lease_until)
    later = NOW + timedelta(days=1)
    seat = renewed(seat, policy=POLICY, now=later)
    assert seat.lease_until == later + POLICY.lease
    with pytest.raises(NoMoreRenewals):
        renewed(seat, policy=POLICY, now=later)


def test_fit_counts_what_a_reviewer_knows_in_a_language_they_read() -> None:
    reviewer = Reviewer(person_id="p", sectors=("vet",), themes=("inclusion", "digital"), languages=("fr",))
    case = {"sectors": frozenset({"vet"}), "themes": frozenset({"digital"})}
    assert reviewer.fit(**case, languages=frozenset({"fr", "en"})) == 2
    assert reviewer.fit(**case, languages=frozenset({"en"})) == 0


def test_an_unknown_kind_needs_as_many_reviews_as_the_strictest() -> None:
    assert required(POLICY, "practice") == 2
    assert required(POLICY, "something new") == 2
