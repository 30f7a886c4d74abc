"""Who sees what: conflicts hide, authors never learn who reviews, the trail shows every touch."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.review.domain.conflict import Parties, Person, conflicts, keys
from services.review.queue import _impartial
from shared.events.registry import EVENTS
from shared.events.submissions import Answer, NearDuplicate
from shared.http.access import Role
from tests.access_table import assert_access_holds, assert_hidden_from_strangers
from tests.http_fuzz import assert_api_holds
from tests.services.review.desk import COORDINATOR, FULL_REVIEW, REVIEWER, Desk
from tests.thoroughness import examples_of

DECISION = {"outcome": "approve", "text": "Yes."}
AUTHORS_GET = [event for event in EVENTS if "author_ids" in event.model_fields and event.family() == "reviews"]


@pytest.mark.parametrize(
    ("who", "organisation"),
    [
        ("ana", "elsewhere"),  # the author
        ("rita", "north-school"),  # of the leading organisation
        ("rita", "South School"),  # of a partner, under its name
        ("rita", None),  # of nobody knows where
    ],
)
async def test_a_case_one_has_a_conflict_with_is_not_there(desk: Desk, who: str, organisation: str | None) -> None:
    case_id = await desk.opened()
    await desk.claim(case_id, "sam")
    claims = {"sub": who, "organisation": organisation}
    headers = desk.issuer.headers(roles=REVIEWER, **claims)
    listed = await desk.client.get("/cases", headers=headers)
    assert listed.json()["items"] == []
    await assert_hidden_from_strangers(
        desk.app,
        desk.issuer,
        values={"case_id": case_id},
        stranger=claims,
        bodies={"POST /cases/{case_id}/conflict": {"reason": "I know them."}},
        open_routes=[
            "GET /cases/{case_id} as coordinator",
            "GET /cases/{case_id}/reviews",
            "GET /cases/{case_id}/trail",
            "POST /cases/{case_id}/assign",
            "POST /cases/{case_id}/decision",
            "POST /cases/{case_id}/conflict as coordinator",
        ],
    )


async def test_who_wrote_with_an_author_within_two_years_is_kept_away(desk: Desk) -> None:
    early = await desk.opened()
    await desk.ok("GET", f"/cases/{early}", "rita")
    await desk.opened(author_ids=(desk.id("ana"), desk.id("rita")))
    late = await desk.opened()
    for case_id in (early, late):
        await desk.refused(404, "GET", f"/cases/{case_id}", "rita")
    assert (await desk.ok("GET", "/cases", "rita"))["items"] == []
    desk.clock.pass_(days=800)
    await desk.ok("GET", f"/cases/{await desk.opened()}", "rita")


async def test_what_is_much_alike_is_not_told_to_who_has_a_conflict_with_it(desk: Desk) -> None:
    other = desk.submission(organisation_names=("Org Rita",))
    await desk.hear(other)
    alike = [
        NearDuplicate(contribution_id=other.contribution_id, title="Not hers to know", score=0.9),
        NearDuplicate(contribution_id="unheard-of", title="Nobody knows whose", score=0.9),
        NearDuplicate(contribution_id="for-everybody", title="Published", score=0.9, public=True),
    ]
    case_id = await desk.opened(near_duplicates=tuple(alike))

    async def told(who: str, *roles: str) -> list[str]:
        page = await desk.ok("GET", f"/cases/{case_id}", who, roles or REVIEWER)
        return [one["title"] for one in page["near_duplicates"]]

    assert await told("rita") == ["Published"]
    assert await told("sam") == ["Not hers to know", "Published"]
    assert await told("zoe", *COORDINATOR) == ["Not hers to know", "Nobody knows whose", "Published"]


async def test_a_conflict_that_is_declared_between_rounds_is_told_to_the_other_services(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita", "sam")
    await desk.decide(case_id, outcome="request_changes", reason_codes=["unclear"], dissent="It is not clear to me.")
    await desk.ok("POST", f"/cases/{case_id}/conflict", "rita", json={"reason": "I work there now."})
    (released,) = await desk.events("review.released")
    assert (released["reviewer_id"], released["reason"]) == (desk.id("rita"), "conflict_declared")


async def test_a_declared_conflict_hides_the_case_and_voids_the_review(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita", "sam")
    await desk.ok("POST", f"/cases/{case_id}/conflict", "rita", json={"reason": "My sister works there."})
    await desk.refused(404, "GET", f"/cases/{case_id}", "rita")
    await desk.refused(404, "GET", f"/cases/{case_id}/review", "rita")
    problem = await desk.refused(409, "POST", f"/cases/{case_id}/decision", "zoe", COORDINATOR, json=DECISION)
    assert problem["completed"] == 1
    (released,) = await desk.events("review.released")
    assert released["reason"] == "conflict_declared"
    await desk.reviewed(case_id, "tom")
    decision = await desk.decide(case_id)
    assert [one.rpartition(".")[2] for one in decision["based_on"]] == sorted([desk.id("sam"), desk.id("tom")])


async def test_a_coordinator_with_a_conflict_knows_of_the_case_and_no_more(desk: Desk) -> None:
    desk.organisations["carl"] = "south-school"
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita", "sam")
    page = await desk.ok("GET", f"/cases/{case_id}", "carl", COORDINATOR)
    assert page["conflict"] == ["partner_organisation"]
    assert not {"content", "seats", "near_duplicates"} & page.keys()
    (item,) = (await desk.ok("GET", "/cases?scope=all", "carl", COORDINATOR))["items"]
    assert item["conflict"] == ["partner_organisation"]
    path = f"/cases/{case_id}"
    problem = await desk.refused(403, "POST", f"{path}/decision", "carl", COORDINATOR, json=DECISION)
    assert problem["type"].endswith("/conflict-of-interest")
    await desk.refused(403, "POST", f"{path}/assign", "carl", COORDINATOR, json={"reviewer_id": "x"})
    for what in (f"{path}/reviews", f"{path}/trail", f"/reviewers?case_id={case_id}"):
        await desk.refused(403, "GET", what, "carl", COORDINATOR)
    await desk.ok("POST", f"{path}/conflict", "zoe", COORDINATOR, json={"reason": "A friend."})
    await desk.refused(403, "POST", f"{path}/decision", "zoe", COORDINATOR, json=DECISION)


async def test_administrators_see_no_case(desk: Desk) -> None:
    case_id = await desk.opened()
    for path in ("/cases", f"/cases/{case_id}", f"/cases/{case_id}/reviews", f"/cases/{case_id}/trail"):
        await desk.refused(403, "GET", path, "root", ("administrator", "system", "member"))


async def test_reviewers_see_their_own_review_only(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita")
    await desk.claim(case_id, "sam")
    page = await desk.ok("GET", f"/cases/{case_id}", "sam")
    assert desk.id("rita") not in json.dumps(page)
    assert (page["completed"], page["content"]["kind"]) == (1, "practice")
    assert (await desk.ok("GET", f"/cases/{case_id}/review", "sam"))["comments"] == []
    await desk.refused(404, "GET", f"/cases/{case_id}/review", "tom")
    await desk.reviewed(case_id, "tom") if page["places_left"] else None
    await desk.write(case_id, "sam")
    await desk.complete(case_id, "sam")
    await desk.decide(case_id)
    await desk.refused(404, "GET", f"/cases/{case_id}", "tom")
    assert (await desk.ok("GET", f"/cases/{case_id}", "rita"))["state"] == "approved"


async def test_nothing_that_reaches_authors_tells_who_reviewed_or_decided(desk: Desk) -> None:
    """A life with every turn, and then every word of every event that authors are told of."""
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita", "sam", recommendation="request_changes")
    await desk.decide(
        case_id,
        outcome="request_changes",
        reason_codes=["unclear"],
        text="See below.",
        dissent="Sam was kinder.",
    )
    (asked,) = await desk.events("review.changes_requested")
    await desk.resubmit(case_id, 2, *(Answer(comment_id=one["id"], text="Done.") for one in asked["comments"]))
    await desk.reviewed(case_id, "rita", "tom", recommendation="reject")
    await desk.decide(case_id, outcome="reject", reason_codes=["out-of-scope"], text="No.")
    await desk.appeal(case_id, 2)
    await desk.reviewed(case_id, "uma", "vic")
    await desk.decide(case_id, "yusuf")
    told = [event for event in await desk.events() if event["type"] in {one.type for one in AUTHORS_GET}]
    assert [event["type"].split(".")[-2] for event in told] == ["changes_requested", "rejected", "approved"]
    secrets = [desk.id(who) for who in ("rita", "sam", "tom", "uma", "vic", "zoe", "yusuf")]
    secrets += ["Rita", "Sam", "Zoe", "I have heard other figures", "kinder"]
    words = json.dumps(told)
    assert not [secret for secret in secrets if secret in words]
    assert set().union(*(event.keys() for event in told)) <= set().union(
        *(event.model_fields for event in AUTHORS_GET), {"type"}
    )
    assert all(event["remarks"] == [FULL_REVIEW["text_to_author"]] * 2 for event in told)


async def test_the_ids_of_comments_tell_neither_reviewer_nor_order(desk: Desk) -> None:
    case_id = await desk.opened()
    ten = [{"pointer": "", "severity": "should", "text": f"Comment {number}"} for number in range(10)]
    await desk.reviewed(case_id, "rita", "sam", comments=ten)
    await desk.decide(case_id)
    (approved,) = await desk.events("review.approved")
    comments = approved["comments"]
    ids = [comment["id"] for comment in comments]
    assert len(set(ids)) == 20
    assert ids == sorted(ids)  # told in the order of ids that are random, whoever wrote them
    reviews = (await desk.ok("GET", f"/cases/{case_id}/reviews", "zoe", COORDINATOR))["items"]
    by_review = [{comment["id"] for comment in review["comments"]} for review in reviews]
    where = [next(n for n, some in enumerate(by_review) if one in some) for one in ids]
    assert where not in ([0] * 10 + [1] * 10, [1] * 10 + [0] * 10)
    starts = {identifier[:3] for identifier in ids}
    assert len(starts) == 20  # no common beginning, as ids made from the time have


async def test_a_trail_that_was_touched_says_so(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita", "sam")
    await desk.decide(case_id)
    path = f"/cases/{case_id}/trail"
    whole = await desk.ok("GET", path, "zoe", COORDINATOR)
    acts = ["opened", "claimed", "completed", "claimed", "completed", "decided"]
    assert [step["act"] for step in whole["items"]] == acts
    times = [
        fact for step in whole["items"] for name, fact in step["facts"].items() if name in ("due_at", "lease_until")
    ]
    assert len(times) == 3
    assert all(time.endswith("Z") for time in times)
    assert whole["intact"]
    steps = desk.store.db["trail"]
    touches: list[tuple[dict[str, Any], int]] = [
        ({"$set": {"facts.reviewer_id": "somebody"}}, 2),
        ({"$set": {"actor": "somebody"}}, 3),
    ]
    for change, number in touches:
        before = await steps.find_one({"number": number})
        assert before
        await steps.update_one({"_id": before["_id"]}, change)
        touched = await desk.ok("GET", path, "zoe", COORDINATOR)
        assert (touched["intact"], touched["first_broken"]) == (False, number)
        await steps.replace_one({"_id": before["_id"]}, before)
    assert (await desk.ok("GET", path, "zoe", COORDINATOR))["intact"]
    await steps.delete_one({"number": 6})
    cut = await desk.ok("GET", path, "zoe", COORDINATOR)
    assert (cut["intact"], cut["first_broken"]) == (False, 6)


people = st.sampled_from(["p1", "p2", "p3"])
places = st.sampled_from(["x", "y", "z"])


@given(
    authors=st.sets(people),
    names=st.sets(st.sampled_from(["Ann", "Bo"])),
    lead=st.sets(places, max_size=1),
    partners=st.sets(places),
    declared=st.sets(people),
    organisations=st.sets(places),
    co_authors=st.sets(people),
    name=st.sampled_from(["Ann", "Cy", ""]),
)
@settings(max_examples=examples_of(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_queue_hides_just_what_the_rule_says(
    authors: set[str],
    names: set[str],
    lead: set[str],
    partners: set[str],
    declared: set[str],
    organisations: set[str],
    co_authors: set[str],
    name: str,
) -> None:
    """The queue's query, understood as MongoDB does, against the rule itself."""
    parties = Parties(
        authors=frozenset(authors),
        author_names=keys(names),
        lead=frozenset(lead),
        partners=frozenset(partners - lead),
        co_authors=frozenset(co_authors),
    )
    person = Person(
        person_id="p1",
        name=name,
        organisations=frozenset(organisations),
    )
    document = {
        "_id": "c-1",
        "known": bool(parties.authors and parties.lead),
        "organisations": parties.organisations,
        "authors": parties.authors,
        "co_authors": parties.co_authors,
        "author_names": parties.author_names,
        "declared": frozenset(declared),
    }
    assert _matches(_impartial(person), document) == (not conflicts(person, parties, frozenset(declared)))


def _matches(query: dict[str, Any], document: dict[str, Any]) -> bool:
    def fits(value: Any, wanted: Any) -> bool:
        match wanted:
            case {"$in": some}:
                return value in some
            case {"$nin": some}:
                return not set(some) & value
            case {"$ne": one}:
                return one not in value
            case plain:
                return bool(value == plain)

    return all(fits(document[field], wanted) for field, wanted in query.items())


async def test_every_route_lets_in_whom_it_names_and_nobody_else(desk: Desk) -> None:
    eve = desk.id("eve")
    case_id = await desk.opened(author_ids=(eve,), submitted_by=eve)
    assert await assert_access_holds(desk.app, desk.issuer, values={"case_id": case_id}) > 200


@pytest.mark.slow
async def test_strange_input_never_breaks_anything(desk: Desk) -> None:
    case_id = await desk.opened()
    headers = desk.issuer.headers(sub="rita", roles=list(Role), organisation="org-rita")
    await desk.client.post(f"/cases/{case_id}/claim", headers=headers)
    assert await assert_api_holds(desk.app, headers=headers, values={"case_id": case_id}, examples=8) > 100
