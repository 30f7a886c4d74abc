"""What the metrics tell of the queue and of the time in review."""

from __future__ import annotations

import pytest

from tests.figures import figures
from tests.services.review.desk import Desk

HOUR = 3600.0


async def test_the_queue_and_its_age(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    waits, ready, asked, done = [await desk.opened() for _ in range(4)]
    desk.clock.pass_(hours=2)
    newer = await desk.opened()
    for case_id, outcome in ((ready, ""), (asked, "request_changes"), (done, "approve")):
        people = (f"{case_id}-a", f"{case_id}-b")
        await desk.reviewed(case_id, *people, recommendation=outcome or "approve")
        if outcome:
            reasons = ["strong-evidence"] if outcome == "approve" else ["unclear"]
            await desk.decide(case_id, outcome=outcome, reason_codes=reasons)
    desk.clock.pass_(hours=1)
    assert await figures(desk.client, monkeypatch, "review_case") == {
        "review_cases{reviews}": 2,
        "review_cases{decision}": 1,
        "review_cases{authors}": 1,
        "review_case_oldest_age_seconds{reviews}": 3 * HOUR,
        "review_case_oldest_age_seconds{decision}": 3 * HOUR,
        "review_case_oldest_age_seconds{authors}": 3 * HOUR,
        "review_cases_unclaimed": 2,
        "review_cases_overdue": 0,
    }
    await desk.withdraw(waits)
    desk.clock.pass_(days=29)
    told = await figures(desk.client, monkeypatch, "review_case")
    assert told["review_case_oldest_age_seconds{reviews}"] == HOUR + 29 * 24 * HOUR
    assert told["review_cases_overdue"] == 2
    await desk.withdraw(newer)
    told = await figures(desk.client, monkeypatch, "review_case")
    assert (told["review_cases{reviews}"], told["review_case_oldest_age_seconds{reviews}"]) == (0, 0)


async def test_time_in_review_is_counted_when_a_decision_is_committed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita", "ravi")
    desk.clock.pass_(hours=30)
    refused = {"outcome": "reject", "text": "No."}
    await desk.refused(422, "POST", f"/cases/{case_id}/decision", "zoe", ("coordinator",), json=refused)
    assert (await figures(desk.client, monkeypatch, "review_duration"))["review_duration_seconds_count{reject}"] == 0
    await desk.decide(case_id)
    told = await figures(desk.client, monkeypatch, "review_duration")
    assert told["review_duration_seconds_count{approve}"] == 1
    assert told["review_duration_seconds_sum{approve}"] == 30 * HOUR
