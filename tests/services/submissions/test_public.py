"""What everybody may read: practices with their caching, the list, the vocabularies."""

from __future__ import annotations

from shared.events.reviews import ReviewAssigned
from tests.services.submissions.desk import Desk


async def test_a_practice_is_cached_until_it_changes(desk: Desk) -> None:
    case = await desk.published()
    path = f"/practices/{case['id']}"
    first = await desk.call("GET", path, who=None)
    assert first.headers["cache-control"].startswith("public, max-age=60")
    tag = first.headers["etag"]
    again = await desk.call("GET", path, who=None, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    await desk.ok("POST", f"/contributions/{case['id']}/confirm")
    assert (await desk.call("GET", path, who=None, headers={"If-None-Match": tag})).status_code == 200
    settled = await desk.call("GET", f"{path}/versions/1", who=None)
    assert settled.json()["version"] == 1
    match = {"If-None-Match": f'"x", W/{settled.headers["etag"]}'}
    assert (await desk.call("GET", f"{path}/versions/1", who=None, headers=match)).status_code == 304


async def test_what_is_not_public_is_not_told(desk: Desk) -> None:
    contact = {"name": "Ana", "email": "ana@example.org", "visibility": "members"}
    authors = [{"name": "Ana", "person_id": desk.issuer.person_id("ana")}]
    case = await desk.published(contact=contact, authors=authors)
    shown = (await desk.call("GET", f"/practices/{case['id']}", who=None)).text
    assert "ana@example.org" not in shown
    assert desk.issuer.person_id("ana") not in shown
    (event,) = await desk.events("practice.published")
    assert "ana@example.org" not in str(event)
    assert desk.issuer.person_id("ana") not in str(event)
    for path in (f"/practices/{case['id']}/versions/2", "/practices/nothing", "/practices/nothing/attachments/x"):
        assert (await desk.call("GET", path, who=None)).status_code == 404


async def test_the_list_is_paged_newest_first(desk: Desk) -> None:
    made = []
    for _ in range(3):
        desk.clock.pass_(minutes=1)
        made.append((await desk.published())["id"])
    page = await desk.ok("GET", "/practices", who=None, params={"limit": 2})
    assert [item["id"] for item in page["items"]] == [made[2], made[1]]
    page = await desk.ok("GET", "/practices", who=None, params={"limit": 2, "cursor": page["next"]})
    assert [item["id"] for item in page["items"]] == [made[0]]
    assert "next" not in page


async def test_the_list_in_brief_has_no_long_texts(desk: Desk) -> None:
    long = {"en": {"text": "A long story. " * 1_000}}
    case = await desk.published(context=long)
    (whole,) = (await desk.ok("GET", "/practices", who=None))["items"]
    answer = await desk.call("GET", "/practices", who=None, params={"view": "brief", "limit": 6})
    (brief,) = answer.json()["items"]
    assert len(answer.content) < 5_000
    content = brief.pop("content")
    assert brief.items() <= whole.items()
    assert content.items() <= whole["content"].items()
    assert content["title"] == case["content"]["title"]
    assert {"summary", "source_language", "sectors", "themes", "countries", "lead_organisation"} <= set(content)
    assert "context" not in content
    assert (await desk.call("GET", "/practices", who=None, params={"view": "other"})).status_code == 422


async def test_vocabularies_with_labels(desk: Desk) -> None:
    listed = (await desk.call("GET", "/vocabularies", who=None)).json()
    assert {"themes", "sectors", "countries", "tombstone-reasons"} <= {one["name"] for one in listed}
    answer = await desk.call("GET", "/vocabularies/themes", who=None, params={"lang": "fr"})
    terms = {term["code"]: term["label"] for term in answer.json()["terms"]}
    assert terms["learner-mobility"].startswith("Mobilité")
    match = {"If-None-Match": answer.headers["etag"]}
    assert (await desk.call("GET", "/vocabularies/themes", who=None, headers=match)).status_code == 304
    assert "labels" in (await desk.ok("GET", "/vocabularies/themes", who=None))["terms"][0]
    scores = await desk.ok("GET", "/vocabularies/review-scores", who=None, params={"lang": "de-AT"})
    assert scores["terms"][4]["description"].startswith("Es überzeugt")
    refused = await desk.call("GET", "/vocabularies/themes", who=None, params={"lang": "garbage"})
    assert refused.status_code == 422
    (wrong,) = refused.json()["errors"]
    assert (wrong["parameter"], wrong["code"]) == ("query.lang", "enum")
    assert {"en", "fr", "de"} <= set(wrong["allowed"])
    reasons = {term["code"]: term for term in (await desk.ok("GET", "/vocabularies/decision-reasons"))["terms"]}
    assert reasons["duplicate"]["used_with"] == ["reject"]
    assert (await desk.call("GET", "/vocabularies/nothing", who=None)).status_code == 404
    assert (await desk.call("GET", "/vocabularies/..%2fthemes", who=None)).status_code == 404


async def test_all_vocabularies_at_once(desk: Desk) -> None:
    listed = [one["name"] for one in (await desk.call("GET", "/vocabularies", who=None)).json()]
    answer = await desk.call("GET", "/vocabularies/all", who=None, params={"lang": "fr"})
    together = {one["name"]: one for one in answer.json()}
    assert list(together) == listed
    for name in ("themes", "countries", "decision-reasons"):
        assert together[name] == await desk.ok("GET", f"/vocabularies/{name}", who=None, params={"lang": "fr"})
    match = {"If-None-Match": answer.headers["etag"]}
    assert (await desk.call("GET", "/vocabularies/all", who=None, headers=match)).status_code == 304
    assert "labels" in (await desk.call("GET", "/vocabularies/all", who=None)).json()[0]["terms"][0]
    polish = await desk.call("GET", "/vocabularies/all", who=None, params={"lang": "pl"})
    labelled = {one["name"]: one["terms"][0]["label"] for one in polish.json()}
    assert (labelled["kinds"], labelled["comment-severities"]) == ("Dobra praktyka", "Must change")
    refused = await desk.call("GET", "/vocabularies/all", who=None, params={"lang": "garbage"})
    assert refused.status_code == 422


async def test_authors_never_see_a_reviewer(desk: Desk) -> None:
    case = await desk.in_review()
    rita, cora = desk.issuer.person_id("rita"), desk.issuer.person_id("cora")
    await desk.hear(
        ReviewAssigned(
            case_id=f"{case['id']}-1", contribution_id=case["id"], version=1, round=1, kind="practice", title={},
            reviewer_id=rita, assigned_by=cora, lease_until=desk.clock.now, due_at=desk.clock.now,
        )
    )  # fmt: skip
    await desk.ask_changes(case, ("c1", "must"))
    path = f"/contributions/{case['id']}"
    for part in ("", "/timeline", "/versions", "/versions/1.1", "/completeness"):
        told = (await desk.call("GET", path + part)).text
        assert rita not in told
        assert cora not in told
