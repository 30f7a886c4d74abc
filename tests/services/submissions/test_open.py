"""The store opens a review in one update; it does exactly what the domain's rule says, in every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.submissions.domain.state import State
from tests.services.submissions.desk import Desk

DUE = datetime(2026, 4, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize("state", State)
async def test_a_review_opens_as_the_rule_says(desk: Desk, state: State) -> None:
    contributions, store = desk.records.contributions, desk.records.store
    draft = await desk.draft()
    begun = await contributions.find(draft["id"])
    assert begun
    for version, round_ in ((2, 1), (2, 2), (2, 0), (1, 1), (3, 1)):
        before = replace(begun, state=state, version=2, round=1, id=f"{begun.id}-{version}-{round_}")
        await store.transact(lambda tx, before=before: contributions.add(tx, before))  # type: ignore[misc]
        expected = before.opened(desk.clock.now, version=version, round_=round_, due_at=DUE) or before
        await store.transact(
            lambda tx, one=before, version=version, round_=round_: contributions.open(  # type: ignore[misc]
                tx, one.id, version=version, round_=round_, due_at=DUE
            )
        )
        assert await contributions.find(before.id) == replace(expected, said=0)
