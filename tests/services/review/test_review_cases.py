"""Cases on a real database: opened, claimed, reviewed, decided, round after round."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.review.expire_leases import expire_leases
from shared.errors import Permanent
from shared.events.submissions import Answer, SubmissionTombstoned
from tests.services.review.desk import COORDINATOR, FULL_REVIEW, Desk


async def test_a_whole_life_to_approval(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita", "sam")
    decision = await desk.decide(case_id, reason_codes=["strong-evidence"])
    assert decision["below_quorum"] is None
    assert len(decision["based_on"]) == 2
    assert await desk.kinds() == [
        "opened",
        "claimed",
        "completed",
        "claimed",
        "completed",
        "ready",
        "approved",
    ]
    (approved,) = await desk.events("review.approved")
    assert approved["author_ids"] == [desk.id("ana")]
    assert approved["publish_at"] is None
    assert len(approved["comments"]) == 2
    for who in ("rita", "sam"):
        assert (await desk.ok("GET", "/reviewers/me", who))["load"] == 0


async def test_twenty_claims_at_once_take_exactly_the_free_places(desk: Desk) -> None:
    case_id = await desk.opened()
    people = [f"reviewer-{number}" for number in range(20)]
    answers: list[httpx.Response] = await asyncio.gather(
        *(desk.call("POST", f"/cases/{case_id}/claim", who) for who in people)
    )
    taken = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 409]
    assert (len(taken), len(refused)) == (2, 18)
    until = min(answer.json()["lease_until"] for answer in taken)
    for answer in refused:
        problem = answer.json()
        assert problem["type"].endswith("/seat-taken")
        assert problem["until"] == until
    assert len(await desk.events("review.claimed")) == 2


async def test_one_reviewer_claiming_everywhere_at_once_keeps_to_the_load_cap(desk: Desk) -> None:
    cases = [await desk.opened() for _ in range(6)]
    answers = await asyncio.gather(*(desk.call("POST", f"/cases/{one}/claim", "rita") for one in cases))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 3
    assert (await desk.ok("GET", "/reviewers/me", "rita"))["load"] == 3


async def test_two_decisions_at_once_leave_one(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita", "sam")
    body = {"outcome": "approve", "text": "Yes."}
    answers = await asyncio.gather(
        *(desk.call("POST", f"/cases/{case_id}/decision", who, COORDINATOR, json=body) for who in ("zoe", "yusuf"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (late,) = [answer.json() for answer in answers if answer.status_code == 409]
    assert late["type"].endswith("/already-decided")
    assert late["state"] == "approved"
    assert len(await desk.events("review.approved")) == 1


async def test_a_lease_that_ends_frees_the_place_and_keeps_the_draft(desk: Desk) -> None:
    case_id = await desk.opened(content=None)
    await desk.claim(case_id, "rita")
    await desk.write(case_id, "rita")
    desk.clock.pass_(days=7)
    await desk.refused(409, "PATCH", f"/cases/{case_id}/review", "rita", json={}, headers={"If-Match": '"1"'})
    assert sum(await asyncio.gather(expire_leases(desk.store), expire_leases(desk.store))) == 1
    assert await expire_leases(desk.store) == 0
    (released,) = await desk.events("review.released")
    assert released["reason"] == "lease_expired"
    assert (await desk.ok("GET", "/reviewers/me", "rita"))["load"] == 0
    await desk.claim(case_id, "rita")
    kept = await desk.ok("GET", f"/cases/{case_id}/review", "rita")
    assert kept["text_to_author"] == FULL_REVIEW["text_to_author"]


async def test_a_claim_takes_a_place_whose_lease_is_over_before_any_timer(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.claim(case_id, "rita")
    await desk.claim(case_id, "sam")
    desk.clock.pass_(days=8)
    await desk.claim(case_id, "tom")
    assert [event["reviewer_id"] for event in await desk.events("review.released")] == [
        desk.id("rita"),
        desk.id("sam"),
    ]


async def test_a_claim_is_renewed_and_given_back(desk: Desk) -> None:
    case_id = await desk.opened()
    first = await desk.claim(case_id, "rita")
    desk.clock.pass_(days=5)
    second = await desk.ok("POST", f"/cases/{case_id}/renew", "rita")
    assert second["lease_until"] > first["lease_until"]
    assert second["due_at"] == first["due_at"]
    assert second["renewals_left"] == first["renewals_left"] - 1
    await desk.ok("POST", f"/cases/{case_id}/release", "rita")
    await desk.refused(409, "POST", f"/cases/{case_id}/release", "rita")
    (released,) = await desk.events("review.released")
    assert released["reason"] == "released"


async def test_changes_are_requested_and_the_next_round_has_places_again(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita", "sam", recommendation="request_changes")
    await desk.decide(case_id, outcome="request_changes", reason_codes=["unclear"], text="See below.")
    (asked,) = await desk.events("review.changes_requested")
    answers = [Answer(comment_id=comment["id"], text="Done.") for comment in asked["comments"]]
    await desk.resubmit(case_id, 2, *answers)
    await desk.resubmit(case_id, 2, *answers)  # told twice
    assert len(await desk.events("review.opened")) == 2
    page = await desk.ok("GET", f"/cases/{case_id}", "rita")
    assert page["round"] == 2
    assert page["completed"] == 0
    assert {answer["comment_id"] for answer in page["answers"]} == {c["id"] for c in page["earlier"][0]["comments"]}
    await desk.reviewed(case_id, "rita", "tom")
    await desk.decide(case_id)
    reviews = await desk.ok("GET", f"/cases/{case_id}/reviews", "zoe", COORDINATOR)
    assert [review["sitting"] for review in reviews["items"]] == [1, 1, 2, 2]


async def test_a_decision_on_a_round_that_is_over_does_not_fall_on_the_next(desk: Desk) -> None:
    case_id = await desk.opened()
    seen = await desk.ok("GET", f"/cases/{case_id}", "zoe", COORDINATOR)
    early = {"override": {"reason": "The call closes tomorrow."}, "reason_codes": ["out-of-scope"], "text": "Not here."}
    asked = early | {"outcome": "request_changes", "reason_codes": ["unclear"]}
    await desk.decide(case_id, "zack", **asked, sitting=seen["sitting"])
    await desk.resubmit(case_id, 2)
    late = early | {"outcome": "reject", "sitting": seen["sitting"]}
    problem = await desk.refused(409, "POST", f"/cases/{case_id}/decision", "zoe", COORDINATOR, json=late)
    assert (problem["type"].rpartition("/")[2], problem["sitting"]) == ("another-sitting", 2)
    assert (await desk.ok("GET", f"/cases/{case_id}", "zoe", COORDINATOR))["state"] == "open"
    await desk.decide(case_id, **late | {"sitting": 2})


async def test_an_appeal_goes_to_fresh_eyes(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita", "sam", recommendation="reject")
    rejection: dict[str, Any] = {"outcome": "reject", "reason_codes": ["out-of-scope"], "text": "Not ours."}
    await desk.decide(case_id, **rejection)
    (rejected,) = await desk.events("review.rejected")
    assert rejected["appeal_until"] == (desk.clock.now + timedelta(days=30)).isoformat(timespec="milliseconds").replace(
        "+00:00", "Z"
    )
    await desk.appeal(case_id)
    await desk.appeal(case_id)  # told twice
    assert len(await desk.events("review.opened")) == 2
    problem = await desk.refused(409, "POST", f"/cases/{case_id}/claim", "rita")
    assert problem["type"].endswith("/fresh-eyes-needed")
    assert not (await desk.ok("GET", "/cases", "rita"))["items"]
    await desk.reviewed(case_id, "tom", "uma")
    await desk.refused(
        409,
        "POST",
        f"/cases/{case_id}/decision",
        "zoe",
        COORDINATOR,
        json={"outcome": "approve", "text": "Still no."},
    )
    await desk.decide(case_id, "yusuf", **rejection, dissent="It is still not about mobility.")
    assert (await desk.events("review.rejected"))[1]["appeal_until"] is None
    await desk.appeal(case_id)
    assert len(await desk.events("review.opened")) == 2


async def test_a_withdrawal_closes_the_case_and_frees_its_reviewers(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.claim(case_id, "rita")
    await desk.withdraw(case_id)
    await desk.withdraw(case_id)  # told twice
    (closed,) = await desk.events("review.closed")
    assert closed["reviewer_ids"] == [desk.id("rita")]
    assert (await desk.ok("GET", "/reviewers/me", "rita"))["load"] == 0
    await desk.refused(404, "POST", f"/cases/{case_id}/claim", "sam")
    await desk.refused(409, "POST", f"/cases/{case_id}/renew", "rita")


async def test_events_that_come_late_or_without_their_case_do_no_harm(desk: Desk) -> None:
    lost = "00000000-0000-7000-8000-00000000000a-1"
    await desk.withdraw(lost)
    await desk.appeal(lost)
    assert await desk.kinds() == []
    await desk.resubmit(lost, 2)  # the round is opened from what the event itself holds
    await desk.resubmit(lost, 1)
    assert [event["round"] for event in await desk.events("review.opened")] == [2]
    with pytest.raises(Permanent, match="case-not-waiting"):
        await desk.resubmit(lost, 3)


async def test_a_practice_taken_down_ends_the_review_of_its_next_version(desk: Desk) -> None:
    case_id = await desk.opened(version=2)
    await desk.hear(
        SubmissionTombstoned(
            contribution_id=case_id.rpartition("-")[0],
            version=1,
            title={},
            reason_code="rights",
            reason="x",
            author_ids=(),
        )
    )
    assert await desk.kinds() == ["opened", "closed"]


async def test_a_revised_practice_is_a_case_of_its_own(desk: Desk) -> None:
    first = await desk.opened()
    second = await desk.opened(contribution_id=first.rpartition("-")[0], version=2)
    await desk.claim(first, "rita")
    await desk.claim(second, "rita")
    assert first.rpartition("-")[0] == second.rpartition("-")[0]


async def test_the_quorum_depends_on_the_kind(desk: Desk) -> None:
    case_id = await desk.opened(kind="lesson_learned")
    await desk.reviewed(case_id, "rita")
    assert (await desk.events("review.ready"))[0]["required"] == 1
    problem = await desk.refused(409, "POST", f"/cases/{case_id}/claim", "sam")
    assert problem["until"] is None


async def test_a_decision_below_quorum_needs_a_reason_which_is_on_the_trail(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.claim(case_id, "sam")
    await desk.reviewed(case_id, "rita")
    problem = await desk.refused(
        409, "POST", f"/cases/{case_id}/decision", "zoe", COORDINATOR, json={"outcome": "approve"}
    )
    assert (problem["completed"], problem["required"]) == (1, 2)
    await desk.decide(case_id, override={"reason": "The call closes tomorrow."})
    trail = await desk.ok("GET", f"/cases/{case_id}/trail", "zoe", COORDINATOR)
    assert trail["items"][-1]["facts"]["override"] == "The call closes tomorrow."
    (released,) = await desk.events("review.released")
    assert (released["reviewer_id"], released["reason"]) == (desk.id("sam"), "case_closed")


async def test_a_coordinator_assigns_even_beyond_the_quorum(desk: Desk) -> None:
    case_id = await desk.opened()
    for who in ("rita", "sam", "tom"):
        await desk.ok("GET", "/cases", who)  # known from their first look
    await desk.claim(case_id, "rita")
    await desk.claim(case_id, "sam")
    path = f"/cases/{case_id}/assign"
    await desk.ok("POST", path, "zoe", COORDINATOR, json={"reviewer_id": desk.id("tom")})
    (assigned,) = await desk.events("review.assigned")
    assert assigned["assigned_by"] == desk.id("zoe")
    problem = await desk.refused(422, "POST", path, "zoe", COORDINATOR, json={"reviewer_id": "nobody"})
    assert problem["errors"][0]["pointer"] == "/reviewer_id"
    seats = (await desk.ok("GET", f"/cases/{case_id}", "zoe", COORDINATOR))["seats"]
    assert [seat["reviewer_id"] for seat in seats] == [desk.id(who) for who in ("rita", "sam", "tom")]


async def test_the_same_key_claims_once(desk: Desk) -> None:
    case_id = await desk.opened()
    key = {"Idempotency-Key": "once"}
    first = await desk.call("POST", f"/cases/{case_id}/claim", "rita", headers=key)
    second = await desk.call("POST", f"/cases/{case_id}/claim", "rita", headers=key)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(await desk.events("review.claimed")) == 1


async def test_publication_may_be_scheduled(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita", "sam")
    await desk.decide(case_id, publish_at="2026-05-01T09:00:00+02:00")
    assert (await desk.events("review.approved"))[0]["publish_at"] == "2026-05-01T07:00:00.000Z"
