"""The way from a draft to a published practice, and every way off it, over HTTP and the review service's events."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.events.reviews import ReviewClosed
from tests.services.submissions.desk import Desk, complete_content


async def test_draft_becomes_a_public_practice(desk: Desk) -> None:
    draft = await desk.draft()
    assert (draft["state"], draft["version"], draft["round"]) == ("draft", 1, 0)
    submitted = await desk.ok("POST", f"/contributions/{draft['id']}/submit")
    assert (submitted["state"], submitted["round"]) == ("submitted", 1)
    await desk.open(submitted)
    reviewed = await desk.ok("GET", f"/contributions/{draft['id']}")
    assert reviewed["state"] == "in_review"
    assert datetime.fromisoformat(reviewed["decision_due"]) == desk.clock.now
    await desk.approve(submitted)

    mine = await desk.ok("GET", f"/contributions/{draft['id']}")
    assert mine["state"] == "published"
    assert "decision_due" not in mine
    assert mine["publication"]["version"] == 1
    practice = await desk.ok("GET", f"/practices/{draft['id']}", who=None)
    assert practice["state"] == "live"
    assert practice["content"]["title"] == draft["content"]["title"]
    assert practice["address"].endswith(f"/practices/{draft['id']}")
    assert practice["review_by"] == "2028-03-31"
    assert "contact" not in practice["content"] or practice["content"]["contact"]["visibility"] == "public"
    assert (await desk.ok("GET", "/practices", who=None))["items"] == [practice]

    said = [(one["type"].split(".", 2)[2], one["partitionkey"], one["aggregateversion"]) for one in await desk.events()]
    contribution, public = f"contribution:{draft['id']}", f"practice:{draft['id']}"
    assert said == [
        ("submission.drafted.v1", contribution, 1),
        ("submission.submitted.v1", contribution, 2),
        ("submission.published.v1", contribution, 3),
        ("practice.published.v1", public, 1),
        ("publication.submitted.v1", said[-1][1], 1),
    ]
    assert said[-1][1].startswith("receipt:")
    whose = (await desk.events("publication.submitted"))[0]["data"]["publications"]
    assert whose == [{"practice_id": draft["id"], "version": 1, "organisations": ["org-a"]}]


async def test_whose_it_is_is_not_told_where_the_text_tells_it(desk: Desk) -> None:
    for lead in ({"name": "ORG-A"}, {"id": "org-a", "name": "Another name"}):
        await desk.published(lead_organisation=lead | {"country": "FI"})
    assert len(await desk.events("practice.published")) == 2
    assert await desk.events("publication.submitted") == []


async def test_submission_event_carries_all_a_reviewer_needs(desk: Desk) -> None:
    submitted = await desk.submitted()
    (event,) = await desk.events("submission.submitted")
    data = event["data"]
    assert data["content"] == submitted["content"]
    assert data["author_ids"] == [desk.issuer.person_id("ana")]
    assert {"org-a", "corrib-kitchen-college"} <= set(data["organisation_ids"])
    assert data["title"] == {"en": submitted["content"]["title"]["en"]["text"]}


async def test_incomplete_draft_is_refused_with_every_field(desk: Desk) -> None:
    draft = await desk.draft(themes=None, licence=None, declarations=None)
    answer = await desk.call("POST", f"/contributions/{draft['id']}/submit")
    assert answer.status_code == 422
    wrong = {error["pointer"]: error for error in answer.json()["errors"]}
    assert {"/themes", "/declarations/rights", "/declarations/consent"} <= set(wrong)
    assert "learner-mobility" in wrong["/themes"]["allowed"]
    told = await desk.ok("GET", f"/contributions/{draft['id']}/completeness")
    assert not told["complete"]
    assert {error["pointer"] for error in told["errors"]} == set(wrong)
    for language, words in (("en", "Choose at least one"), ("fr", "Choisissez"), ("de-AT", "Wählen Sie")):
        spoken = await desk.ok("GET", f"/contributions/{draft['id']}/completeness", params={"lang": language})
        (finding,) = (error for error in spoken["errors"] if error["pointer"] == "/themes")
        assert finding["message"].startswith(words)
        assert finding["label"] == {"en": "Themes", "fr": "Thèmes", "de-AT": "Themen"}[language]
        assert finding["code"] == "required"


async def test_changes_are_asked_for_answered_and_approved(desk: Desk) -> None:
    case = await desk.in_review()
    path = f"/contributions/{case['id']}"
    await desk.ask_changes(case, ("c1", "must"), ("c2", "should"), ("c3", "praise"), remarks=("Nearly there.",))
    mine = await desk.ok("GET", path)
    assert mine["state"] == "changes_requested"
    assert [comment["id"] for comment in mine["feedback"]["comments"]] == ["c1", "c2", "c3"]
    assert mine["feedback"]["remarks"] == ["Nearly there."]

    patch = {"content": {"title": {"en": {"text": "A better title for kitchens abroad"}}}}
    edited = await desk.ok("PATCH", path, json=patch, headers={"If-Match": f'"{mine["revision"]}"'})
    refused = await desk.call("POST", f"{path}/resubmit", json={"answers": [{"comment_id": "c1", "text": "Done"}]})
    assert refused.status_code == 422
    assert len(refused.json()["errors"]) == 1
    assert "c2" in refused.json()["errors"][0]["message"]

    answers = [{"comment_id": "c1", "text": "Done."}, {"comment_id": "c2", "text": "Done too."}]
    again = await desk.ok("POST", f"{path}/resubmit", json={"answers": answers})
    assert (again["state"], again["version"], again["round"]) == ("submitted", 1, 2)
    (event,) = await desk.events("submission.resubmitted")
    assert event["data"]["answers"] == answers
    assert event["data"]["content"] == edited["content"]
    await desk.open(again)
    await desk.approve(again)
    practice = await desk.ok("GET", f"/practices/{case['id']}", who=None)
    assert practice["content"]["title"]["en"]["text"] == "A better title for kitchens abroad"


async def test_a_decision_after_withdrawal_has_no_effect(desk: Desk) -> None:
    case = await desk.in_review()
    await desk.ok("POST", f"/contributions/{case['id']}/withdraw")
    await desk.approve(case)
    await desk.ask_changes(case, ("c1", "must"))
    await desk.reject(case)
    await desk.hear(
        ReviewClosed(
            case_id=f"{case['id']}-1",
            contribution_id=case["id"],
            version=1,
            round=1,
            kind="practice",
            title={},
            reason="withdrawn",
        )
    )
    assert (await desk.ok("GET", f"/contributions/{case['id']}"))["state"] == "withdrawn"
    assert (await desk.call("GET", f"/practices/{case['id']}", who=None)).status_code == 404
    assert not await desk.events("practice.published")


async def test_a_withdrawn_version_is_taken_up_as_the_next_one(desk: Desk) -> None:
    case = await desk.in_review()
    await desk.ok("POST", f"/contributions/{case['id']}/withdraw")
    again = await desk.ok("POST", f"/contributions/{case['id']}/revise")
    assert (again["state"], again["version"]) == ("draft", 2)
    submitted = await desk.ok("POST", f"/contributions/{case['id']}/submit")
    assert (submitted["version"], submitted["round"]) == (2, 1)
    await desk.approve(case)  # a late event about the first version
    assert (await desk.ok("GET", f"/contributions/{case['id']}"))["state"] == "submitted"


async def test_a_revision_replaces_what_is_public_and_keeps_both_versions(desk: Desk) -> None:
    first = await desk.published()
    path = f"/contributions/{first['id']}"
    draft = await desk.ok("POST", f"{path}/revise")
    patch = {"content": {"title": {"en": {"text": "The second edition of rail and sail"}}}}
    await desk.ok("PATCH", path, json=patch, headers={"If-Match": f'"{draft["revision"]}"'})
    public = await desk.ok("GET", f"/practices/{first['id']}", who=None)
    assert public["version"] == 1
    desk.clock.pass_(days=10)
    submitted = await desk.ok("POST", f"{path}/submit")
    await desk.open(submitted)
    await desk.approve(submitted)
    public = await desk.ok("GET", f"/practices/{first['id']}", who=None)
    assert (public["version"], public["content"]["title"]["en"]["text"]) == (2, "The second edition of rail and sail")
    assert public["first_published_at"] < public["published_at"]
    old = await desk.ok("GET", f"/practices/{first['id']}/versions/1", who=None)
    assert old["content"]["title"] == first["content"]["title"]
    (revised,) = await desk.events("practice.revised")
    assert revised["aggregateversion"] == 2


async def test_rejection_is_appealed_once_and_in_time(desk: Desk) -> None:
    case = await desk.in_review()
    path = f"/contributions/{case['id']}"
    await desk.reject(case)
    assert "appeal" in (await desk.ok("GET", path))["can"]
    appealed = await desk.ok("POST", f"{path}/appeal", json={"text": "The evidence was in the annex."})
    assert appealed["state"] == "appealed"
    await desk.open(case, round=2)
    again = await desk.ok("GET", path)
    assert (again["state"], again["round"]) == ("in_review", 2)
    await desk.reject(again, appeal_until=None)
    answer = await desk.call("POST", f"{path}/appeal", json={"text": "Once more."})
    assert answer.status_code == 409
    assert (await desk.ok("GET", path))["state"] == "rejected"


async def test_an_appeal_that_is_granted_publishes_what_was_submitted(desk: Desk) -> None:
    case = await desk.in_review()
    await desk.reject(case)
    await desk.ok("POST", f"/contributions/{case['id']}/appeal", json={"text": "Please look again."})
    await desk.open(case, round=2)
    await desk.approve({**case, "round": 2})
    assert (await desk.ok("GET", f"/practices/{case['id']}", who=None))["version"] == 1


async def test_an_appeal_after_thirty_days_is_too_late(desk: Desk) -> None:
    case = await desk.in_review()
    await desk.reject(case)
    desk.clock.pass_(days=30, seconds=1)
    answer = await desk.call("POST", f"/contributions/{case['id']}/appeal", json={"text": "Sorry."})
    assert answer.status_code == 409


async def test_publication_waits_for_its_day(desk: Desk) -> None:
    case = await desk.in_review()
    await desk.approve(case, publish_at=desk.clock.now + timedelta(days=3))
    await desk.timers.look()
    mine = await desk.ok("GET", f"/contributions/{case['id']}")
    assert mine["state"] == "approved"
    assert (await desk.call("GET", f"/practices/{case['id']}", who=None)).status_code == 404
    desk.clock.pass_(days=3)
    await desk.timers.look()
    await desk.timers.look()
    assert (await desk.ok("GET", f"/practices/{case['id']}", who=None))["version"] == 1
    assert len(await desk.events("practice.published")) == 1


async def test_practice_goes_stale_and_is_confirmed(desk: Desk) -> None:
    case = await desk.published()
    before = (await desk.call("GET", f"/practices/{case['id']}", who=None)).headers["etag"]
    desk.clock.pass_(days=732)
    await desk.timers.look()
    await desk.timers.look()
    answer = await desk.call("GET", f"/practices/{case['id']}", who=None)
    assert answer.json()["state"] == "stale"
    assert answer.headers["etag"] != before
    assert len(await desk.events("practice.stale")) == len(await desk.events("submission.went_stale")) == 1
    await desk.ok("POST", f"/contributions/{case['id']}/confirm")
    practice = await desk.ok("GET", f"/practices/{case['id']}", who=None)
    assert (practice["state"], practice["review_by"]) == ("live", "2030-04-01")
    assert [
        one["aggregateversion"]
        for one in await desk.events("practice.published", "practice.stale", "practice.confirmed")
    ] == [1, 2, 3]


async def test_tombstone_keeps_answering_with_its_reason(desk: Desk) -> None:
    case = await desk.published()
    order = {"reason_code": "rights", "reason": "A photograph was not theirs."}
    answer = await desk.call(
        "POST", f"/practices/{case['id']}/tombstone", who="cora", roles=("coordinator",), json=order
    )
    assert answer.status_code == 200, answer.text
    for path in (f"/practices/{case['id']}", f"/practices/{case['id']}/versions/1"):
        gone = await desk.call("GET", path, who=None)
        assert gone.status_code == 410
        assert gone.json()["reason_code"] == "rights"
        assert "photograph" in gone.json()["detail"]
    assert (await desk.ok("GET", "/practices", who=None))["items"] == []
    again = await desk.call(
        "POST", f"/practices/{case['id']}/tombstone", who="cora", roles=("coordinator",), json=order
    )
    assert again.status_code == 410
    assert len(await desk.events("practice.withdrawn")) == 1


async def test_tombstone_withdraws_the_next_version_under_review(desk: Desk) -> None:
    case = await desk.published()
    await desk.ok("POST", f"/contributions/{case['id']}/revise")
    await desk.ok("POST", f"/contributions/{case['id']}/submit")
    order = {"reason_code": "rights", "reason": "Not theirs."}
    await desk.ok("POST", f"/practices/{case['id']}/tombstone", who="cora", roles=("coordinator",), json=order)
    (withdrawn,) = await desk.events("submission.withdrawn")
    assert withdrawn["data"]["version"] == 2


async def test_unknown_tombstone_reason_is_refused_with_the_codes(desk: Desk) -> None:
    case = await desk.published()
    answer = await desk.call(
        "POST",
        f"/practices/{case['id']}/tombstone",
        who="cora",
        roles=("coordinator",),
        json={"reason_code": "whim", "reason": "Because."},
    )
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/reason_code"
    assert "rights" in error["allowed"]


async def test_steps_out_of_turn_are_refused_with_the_state(desk: Desk) -> None:
    draft = await desk.draft()
    for step in ("withdraw", "revise", "confirm"):
        answer = await desk.call("POST", f"/contributions/{draft['id']}/{step}")
        assert answer.status_code == 409
        assert answer.json()["state"] == "draft"
    await desk.ok("POST", f"/contributions/{draft['id']}/submit")
    patch = {"content": complete_content()}
    answer = await desk.call("PATCH", f"/contributions/{draft['id']}", json=patch, headers={"If-Match": '"2"'})
    assert answer.status_code == 409
