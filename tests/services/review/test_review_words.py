"""The code lists that put a review into words have every code of the service, each with what it means."""

from collections.abc import Mapping

import pytest

from services.review.domain.conflict import ConflictReason
from services.review.domain.decision import REASON_CODES
from services.review.domain.review import SCORES, Criterion, Gate, Outcome, Severity
from shared.vocabulary import vocabulary

CODES: Mapping[str, list[str]] = {
    "review-gates": [gate.value for gate in Gate],
    "review-criteria": [criterion.value for criterion in Criterion],
    "review-scores": [str(score) for score in SCORES],
    "recommendations": [outcome.value for outcome in Outcome],
    "comment-severities": [severity.value for severity in Severity],
    "conflict-reasons": [reason.value for reason in ConflictReason],
}


@pytest.mark.parametrize("name", CODES)
def test_every_code_has_its_words_and_its_meaning(name: str) -> None:
    assert sorted(vocabulary(name).codes) == sorted(CODES[name])
    for term in vocabulary(name).terms:
        assert term.description("de") not in (None, term.description("en"))
        assert term.description("de-AT") == term.description("de")


def test_each_reason_says_which_decisions_it_can_be_given_for() -> None:
    for term in vocabulary("decision-reasons").terms:
        assert set(term.used_with) == {outcome for outcome, codes in REASON_CODES.items() if term.code in codes}
