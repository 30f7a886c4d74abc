"""Drafts over HTTP: saved as typed, safe against two writers, taken back, seen by their authors only."""

from __future__ import annotations

from tests.services.submissions.desk import Desk, complete_content


async def test_an_empty_draft_is_fine(desk: Desk) -> None:
    bodies: tuple[dict[str, object], ...] = ({}, {"content": {}})
    for body in bodies:
        draft = await desk.ok("POST", "/contributions", json=body)
        assert draft["content"] == {"licence": "CC-BY-4.0"}
    answer = await desk.call("POST", "/contributions")
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/contributions/{answer.json()['id']}"


async def test_creating_writes_two_documents_and_no_more(desk: Desk) -> None:
    db = desk.records.store.db
    await desk.draft()
    counts = {name: await db[name].count_documents({}) for name in await db.list_collection_names()}
    assert {name: count for name, count in counts.items() if count} == {"contributions": 1, "outbox": 1}


async def test_saving_needs_the_version_one_saw(desk: Desk) -> None:
    draft = await desk.draft()
    path, patch = f"/contributions/{draft['id']}", {"content": {"title": {"en": {"text": "New words"}}}}
    assert (await desk.call("PATCH", path, json=patch)).status_code == 428
    saved = await desk.ok("PATCH", path, json=patch, headers={"If-Match": '"1"'})
    assert saved["revision"] == 2
    assert saved["content"]["title"]["en"]["text"] == "New words"
    assert saved["content"]["summary"] == draft["content"]["summary"], "a merge patch leaves the rest"
    stale = await desk.call("PATCH", path, json=patch, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert stale.json()["version"] == 2
    gone = await desk.ok("PATCH", path, json={"content": {"green": None}}, headers={"If-Match": '"2"'})
    assert "green" not in gone["content"]
    as_patch = {"If-Match": '"3"', "Content-Type": "application/merge-patch+json"}
    assert (await desk.call("PATCH", path, content=b'{"content": {}}', headers=as_patch)).status_code == 200


async def test_what_is_wrong_is_told_with_pointer_and_codes(desk: Desk) -> None:
    draft = await desk.draft()
    patch = {"content": {"themes": ["magic"], "tilte": {}, "title": {"en": {"text": "x" * 121}}}}
    for answer in (
        await desk.call("PATCH", f"/contributions/{draft['id']}", json=patch, headers={"If-Match": '"1"'}),
        await desk.call("POST", "/contributions", json=patch),
    ):
        assert answer.status_code == 422
        errors = {error["pointer"]: error for error in answer.json()["errors"]}
        assert set(errors) == {"/content/themes/0", "/content/tilte", "/content/title/en/text"}
        assert "recognition" in errors["/content/themes/0"]["allowed"]
        assert "title" in errors["/content/tilte"]["allowed"]


async def test_keys_make_repeated_requests_safe(desk: Desk) -> None:
    key = {"Idempotency-Key": "draft-1"}
    body = {"content": complete_content()}
    first = await desk.ok("POST", "/contributions", json=body, headers=key)
    again = await desk.call("POST", "/contributions", json=body, headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first
    assert (await desk.call("POST", "/contributions", json={}, headers=key)).status_code == 422
    once = await desk.ok("POST", f"/contributions/{first['id']}/submit", headers={"Idempotency-Key": "submit-1"})
    twice = await desk.ok("POST", f"/contributions/{first['id']}/submit", headers={"Idempotency-Key": "submit-1"})
    assert once == twice
    assert len(await desk.events("submission.submitted")) == 1


async def test_a_submission_of_words_one_has_not_seen_is_refused(desk: Desk) -> None:
    draft = await desk.draft()
    path = f"/contributions/{draft['id']}"
    await desk.ok("PATCH", path, json={"content": {}}, headers={"If-Match": '"1"'})
    assert (await desk.call("POST", f"{path}/submit", headers={"If-Match": '"1"'})).status_code == 412
    assert (await desk.call("POST", f"{path}/submit", headers={"If-Match": '"2"'})).status_code == 200


async def test_nobody_else_sees_a_contribution_until_named_as_author(desk: Desk) -> None:
    draft = await desk.draft()
    path, ben = f"/contributions/{draft['id']}", desk.issuer.person_id("ben")
    assert (await desk.call("GET", path, who="ben")).status_code == 404
    assert (await desk.ok("GET", "/contributions", who="ben"))["items"] == []
    authors = [{"name": "Ana"}, {"name": "Ben", "person_id": ben}]
    await desk.ok("PATCH", path, json={"content": {"authors": authors}}, headers={"If-Match": '"1"'})
    assert (await desk.ok("GET", path, who="ben"))["revision"] == 2
    # Whoever is struck off loses sight of it; the owner cannot be struck off.
    await desk.ok("PATCH", path, who="ben", json={"content": {"authors": []}}, headers={"If-Match": '"2"'})
    assert (await desk.call("GET", path, who="ben")).status_code == 404
    assert (await desk.call("GET", path)).status_code == 200


async def test_discarded_drafts_can_be_taken_back_for_thirty_days(desk: Desk) -> None:
    draft = await desk.draft()
    path = f"/contributions/{draft['id']}"
    assert (await desk.call("DELETE", path)).status_code == 428
    assert (await desk.call("DELETE", path, headers={"If-Match": '"1"'})).status_code == 204
    assert (await desk.call("GET", path)).status_code == 404
    assert (await desk.ok("GET", "/contributions"))["items"] == []
    (kept,) = (await desk.ok("GET", "/contributions", params={"state": "discarded"}))["items"]
    assert kept["id"] == draft["id"]
    assert (await desk.call("POST", f"{path}/restore", who="ben")).status_code == 404
    desk.clock.pass_(days=29)
    await desk.timers.look()
    restored = await desk.ok("POST", f"{path}/restore")
    assert (restored["state"], restored["content"]) == ("draft", draft["content"])
    assert (await desk.call("POST", f"{path}/restore")).status_code == 409
    match = {"If-Match": f'"{restored["revision"]}"'}
    await desk.ok("DELETE", path, headers=match)
    desk.clock.pass_(days=30)
    await desk.timers.look()
    assert (await desk.call("POST", f"{path}/restore")).status_code == 404
    said = [one["type"].split(".")[3] for one in await desk.events()]
    assert said == ["drafted", "discarded", "restored", "discarded"]


async def test_a_discarded_revision_leaves_what_is_public_and_can_be_taken_back(desk: Desk) -> None:
    first = await desk.published()
    path = f"/contributions/{first['id']}"
    await desk.ok("POST", f"{path}/revise")
    patch = {"content": {"title": {"en": {"text": "Words for the second edition"}}}}
    mine = await desk.ok("GET", path)
    mine = await desk.ok("PATCH", path, json=patch, headers={"If-Match": f'"{mine["revision"]}"'})
    await desk.ok("DELETE", path, headers={"If-Match": f'"{mine["revision"]}"'})
    mine = await desk.ok("GET", path)
    assert (mine["state"], mine["version"], mine["content"]) == ("published", 1, first["content"])
    restored = await desk.ok("POST", f"{path}/restore")
    assert (restored["state"], restored["version"]) == ("draft", 2)
    assert restored["content"]["title"]["en"]["text"] == "Words for the second edition"


async def test_a_discarded_revision_leaves_what_is_public_to_its_authors(desk: Desk) -> None:
    def named(*people: str) -> list[dict[str, str]]:
        return [{"name": who.capitalize(), "person_id": desk.issuer.person_id(who)} for who in people]

    first = await desk.published(authors=named("ana", "cleo"))
    path = f"/contributions/{first['id']}"

    async def readers() -> list[str]:
        return [who for who in ("ana", "ben", "cleo") if (await desk.call("GET", path, who=who)).is_success]

    await desk.ok("POST", f"{path}/revise")
    mine = await desk.ok("GET", path)
    patch, seen = {"content": {"authors": named("ana", "ben")}}, f'"{mine["revision"]}"'
    mine = await desk.ok("PATCH", path, json=patch, headers={"If-Match": seen})
    assert await readers() == ["ana", "ben"]
    await desk.ok("DELETE", path, headers={"If-Match": f'"{mine["revision"]}"'})
    assert await readers() == ["ana", "cleo"]
    await desk.ok("POST", f"{path}/restore")
    assert await readers() == ["ana", "ben"]


async def test_the_organisations_of_all_who_wrote_are_told_to_reviewers(desk: Desk) -> None:
    authors = [{"name": who.capitalize(), "person_id": desk.issuer.person_id(who)} for who in ("ana", "ben")]
    draft = await desk.draft(authors=authors)
    path, patch = f"/contributions/{draft['id']}", {"content": {"title": {"en": {"text": "Words of both"}}}}
    headers = desk.headers("ben", roles=("member",), organisation="west-college") | {"If-Match": '"1"'}
    assert (await desk.client.patch(path, json=patch, headers=headers)).is_success
    await desk.ok("POST", f"{path}/submit")
    (event,) = await desk.events("submission.submitted")
    assert "west-college" in event["data"]["organisation_ids"]


async def test_the_list_is_paged_newest_first(desk: Desk) -> None:
    made = [(await desk.draft())["id"] for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await desk.ok("GET", "/contributions", params={"limit": 2, **cursor})
        seen += [item["id"] for item in page["items"]]
        if not page.get("next"):
            break
        cursor = {"cursor": page["next"]}
    assert sorted(seen) == sorted(made)
    assert seen == sorted(seen, reverse=True)
    assert (await desk.call("GET", "/contributions", params={"cursor": "x"})).status_code == 422
    await desk.ok("POST", f"/contributions/{made[0]}/submit")
    page = await desk.ok("GET", "/contributions", params={"state": "submitted"})
    assert [item["id"] for item in page["items"]] == [made[0]]
    several = await desk.ok("GET", "/contributions", params={"state": ["submitted", "draft"]})
    assert sorted(item["id"] for item in several["items"]) == sorted(made)


async def test_versions_and_what_changed_between_them(desk: Desk) -> None:
    case = await desk.in_review()
    path = f"/contributions/{case['id']}"
    await desk.ask_changes(case, ("c1", "must"))
    mine = await desk.ok("GET", path)
    patch = {"content": {"title": {"en": {"text": "Rail and sail: kitchen placements without a flight"}}}}
    await desk.ok("PATCH", path, json=patch, headers={"If-Match": f'"{mine["revision"]}"'})
    answers = [{"comment_id": "c1", "text": "Shortened."}]
    await desk.ok("POST", f"{path}/resubmit", json={"answers": answers})
    listed = (await desk.call("GET", f"{path}/versions")).json()
    assert [(one["version"], one["round"]) for one in listed] == [(1, 1), (1, 2)]
    assert listed[1]["answers"] == answers
    first = await desk.ok("GET", f"{path}/versions/1.1")
    assert first["content"] == case["content"]
    told = await desk.ok("GET", f"{path}/versions/1.2/diff", params={"lang": "fr"})
    assert (told["earlier"], told["later"]) == ("1.1", "1.2")
    (change,) = told["changes"]
    assert change["pointer"] == "/title/en/text"
    assert change["words"] != ["insert", "equal", "delete"]
    assert "".join(text for what, text in change["words"] if what != "insert") == change["before"]
    assert "".join(text for what, text in change["words"] if what != "delete") == change["after"]
    assert (await desk.ok("GET", f"{path}/versions/1.2/diff?from=1.2"))["changes"] == []
    assert (await desk.call("GET", f"{path}/versions/1.1/diff")).status_code == 404
    assert (await desk.call("GET", f"{path}/versions/7.7")).status_code == 404
    assert (await desk.call("GET", f"{path}/versions/1.1", who="ben")).status_code == 404


async def test_the_timeline_tells_the_life_in_plain_words(desk: Desk) -> None:
    case = await desk.published()
    told = (await desk.call("GET", f"/contributions/{case['id']}/timeline")).json()
    assert [line["what"] for line in told] == ["created", "submitted", "in_review", "approved", "published"]
    assert told[1]["text"] == "Version 1 submitted for review"
    assert {line["by"] for line in told} == {desk.issuer.person_id("ana"), "system", "coordinator"}
    german = (await desk.call("GET", f"/contributions/{case['id']}/timeline", params={"lang": "de-AT"})).json()
    assert german[1]["text"] == "Version 1 zur Begutachtung eingereicht"


async def test_near_duplicates_are_hinted_among_public_and_own_only(desk: Desk) -> None:
    public = await desk.published()
    secret = await desk.ok("POST", "/contributions", who="ben", json={"content": complete_content()})
    await desk.ok("POST", f"/contributions/{secret['id']}/submit", who="ben")
    draft = await desk.draft()
    (hint,) = (await desk.call("GET", f"/contributions/{draft['id']}/similar")).json()
    assert hint["contribution_id"] == public["id"]
    assert hint["score"] == 1.0
    assert hint["title"] == public["content"]["title"]["en"]["text"]
    told = await desk.ok("GET", f"/contributions/{draft['id']}/completeness")
    assert told["complete"]
    assert told["similar"] == [hint]
    await desk.ok("POST", f"/contributions/{draft['id']}/submit")
    event = (await desk.events("submission.submitted"))[-1]
    assert event["data"]["near_duplicates"] == [hint]
    assert hint["public"]


async def test_reviewers_are_told_of_nothing_that_was_never_submitted(desk: Desk) -> None:
    other = await desk.submitted()
    path = f"/contributions/{other['id']}"
    await desk.ok("POST", f"{path}/withdraw")
    mine = await desk.ok("POST", f"{path}/revise")
    patch, seen = {"content": {"title": {"en": {"text": "Words that nobody is to see yet"}}}}, f'"{mine["revision"]}"'
    mine = await desk.ok("PATCH", path, json=patch, headers={"If-Match": seen})
    await desk.submitted()
    (hint,) = (await desk.events("submission.submitted"))[-1]["data"]["near_duplicates"]
    assert hint["title"] == other["content"]["title"]["en"]["text"]
    assert (hint["contribution_id"], hint["public"]) == (other["id"], False)
    await desk.ok("DELETE", path, headers={"If-Match": f'"{mine["revision"]}"'})
    third = await desk.submitted()
    hints = (await desk.events("submission.submitted"))[-1]["data"]["near_duplicates"]
    assert other["id"] not in {one["contribution_id"] for one in hints}, third["id"]
