"""The queue and the people in it."""

from __future__ import annotations

from tests.services.review.desk import COORDINATOR, Desk


async def ids(desk: Desk, query: str, who: str = "rita", roles: tuple[str, ...] = ("reviewer",)) -> list[str]:
    page = await desk.ok("GET", f"/cases?{query}", who, roles)
    return [item["case_id"] for item in page["items"]]


async def test_fewest_reviews_first_then_what_is_due_first(desk: Desk) -> None:
    first = await desk.opened()
    desk.clock.pass_(hours=1)
    second = await desk.opened()
    await desk.reviewed(first, "sam")
    assert await ids(desk, "scope=unclaimed") == [second, first]
    third = await desk.opened()
    desk.clock.pass_(hours=1)
    assert await ids(desk, "scope=unclaimed") == [second, third, first]


async def test_mine_are_those_i_hold(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.opened()
    await desk.claim(case_id, "rita")
    assert await ids(desk, "scope=mine") == [case_id]
    assert case_id not in await ids(desk, "scope=unclaimed")
    assert case_id in await ids(desk, "scope=unclaimed", "sam")
    await desk.claim(case_id, "sam")
    assert case_id not in await ids(desk, "scope=unclaimed", "tom")


async def test_what_is_late(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.claim(case_id, "rita")
    for _ in range(3):
        desk.clock.pass_(days=6)
        await desk.ok("POST", f"/cases/{case_id}/renew", "rita")
    assert await ids(desk, "scope=overdue") == [case_id]
    assert await ids(desk, "scope=overdue", "sam") == []
    assert await ids(desk, "scope=overdue", "zoe", COORDINATOR) == [case_id]
    (item,) = (await desk.ok("GET", "/cases?scope=mine", "rita"))["items"]
    assert item["overdue"]


async def test_coordinators_see_what_waits_for_a_decision_and_everything(desk: Desk) -> None:
    ready = await desk.opened()
    desk.clock.pass_(hours=1)
    other = await desk.opened()
    await desk.reviewed(ready, "rita", "sam")
    assert await ids(desk, "scope=ready", "zoe", COORDINATOR) == [ready]
    await desk.decide(ready)
    assert await ids(desk, "scope=ready", "zoe", COORDINATOR) == []
    assert await ids(desk, "scope=all", "zoe", COORDINATOR) == [other, ready]
    await desk.refused(403, "GET", "/cases?scope=all", "rita")
    await desk.refused(403, "GET", "/cases?scope=ready", "rita")


async def test_filters_and_their_codes(desk: Desk) -> None:
    wanted = await desk.opened(sectors=("adult",), themes=("digital",), languages=("pt-BR", "fr"), countries=("PT",))
    await desk.opened(sectors=("vet",), themes=("inclusion",), languages=("de",), countries=("DE",))
    for query in ("sector=adult", "theme=digital", "language=pt-br", "country=PT"):
        assert await ids(desk, query) == [wanted]
    assert await ids(desk, "sector=adult&country=DE") == []
    problem = await desk.refused(422, "GET", "/cases?sector=acrobats", "rita")
    (error,) = problem["errors"]
    assert error["parameter"] == "query.sector"
    assert "adult" in error["allowed"]


async def test_pages_hold_every_case_once(desk: Desk) -> None:
    cases = []
    for _ in range(7):
        cases.append(await desk.opened())
        desk.clock.pass_(seconds=1)
    for scope, roles in (("unclaimed", ("reviewer",)), ("all", COORDINATOR), ("overdue", COORDINATOR)):
        if scope == "overdue":
            desk.clock.pass_(days=30)
        seen: list[str] = []
        cursor = ""
        while True:
            query = f"/cases?scope={scope}&limit=3" + (f"&cursor={cursor}" if cursor else "")
            page = await desk.ok("GET", query, "rita", roles)
            seen += [item["case_id"] for item in page["items"]]
            cursor = page["next"]
            if not cursor:
                break
        assert sorted(seen) == sorted(cases)
    await desk.refused(422, "GET", "/cases?cursor=nonsense", "rita")
    await desk.refused(422, "GET", f"/cases?scope=mine&cursor={'A' * 2000}", "rita")


async def test_a_reviewer_sets_their_terms(desk: Desk) -> None:
    me = await desk.call("GET", "/reviewers/me", "rita")
    assert me.json()["load_cap"] == 3
    terms = {
        "sectors": ["vet"],
        "themes": ["recognition"],
        "languages": ["en", "FR"],
        "load_cap": 1,
        "affiliations": ["South School"],
        "paused_until": "2026-12-24T00:00:00Z",
    }
    match = {"If-Match": me.headers["ETag"]}
    told = await desk.ok("PATCH", "/reviewers/me", "rita", json=terms, headers=match)
    assert told["languages"] == ["en", "fr"]
    await desk.refused(412, "PATCH", "/reviewers/me", "rita", json={}, headers=match)
    await desk.refused(428, "PATCH", "/reviewers/me", "rita", json={})
    case_id = await desk.opened()
    await desk.refused(404, "GET", f"/cases/{case_id}", "rita")  # an affiliation is a conflict too
    told = await desk.ok("PATCH", "/reviewers/me", "rita", json={"affiliations": None}, headers={"If-Match": '"1"'})
    assert (told["affiliations"], told["sectors"]) == ([], ["vet"])
    problem = await desk.refused(409, "POST", f"/cases/{case_id}/claim", "rita")
    assert problem["type"].endswith("/reviewer-paused")
    await desk.ok("PATCH", "/reviewers/me", "rita", json={"paused_until": None}, headers={"If-Match": '"2"'})
    (item,) = (await desk.ok("GET", "/cases", "rita"))["items"]
    assert item["fit"] == 2
    await desk.claim(case_id, "rita")
    problem = await desk.refused(409, "POST", f"/cases/{await desk.opened()}/claim", "rita")
    assert (problem["load"], problem["load_cap"]) == (1, 1)


async def test_unknown_codes_and_fields_in_terms_are_named(desk: Desk) -> None:
    problem = await desk.refused(
        422,
        "PATCH",
        "/reviewers/me",
        "rita",
        json={"sectors": ["vet", "acrobats"], "colour": "blue"},
        headers={"If-Match": '"0"'},
    )
    assert {error["pointer"] for error in problem["errors"]} == {"/sectors/1", "/colour"}


async def test_coordinators_choose_reviewers_by_fit_load_and_conflict(desk: Desk) -> None:
    desk.organisations["pia"] = "south-school"
    case_id = await desk.opened()
    for who in ("rita", "sam", "pia"):
        await desk.ok("GET", "/reviewers/me", who)
    await desk.ok("PATCH", "/reviewers/me", "sam", json={"sectors": ["vet"]}, headers={"If-Match": '"0"'})
    await desk.claim(case_id, "rita")
    page = await desk.ok("GET", f"/reviewers?case_id={case_id}", "zoe", COORDINATOR)
    told = {item["name"]: item for item in page["items"]}
    assert {name: item["load"] for name, item in told.items()} == {"Rita": 1, "Sam": 0, "Pia": 0}
    assert told["Pia"]["conflict"] == ["partner_organisation"]
    assert told["Sam"]["fit"] == 1
    problem = await desk.refused(
        409, "POST", f"/cases/{case_id}/assign", "zoe", COORDINATOR, json={"reviewer_id": desk.id("pia")}
    )
    assert problem["reasons"] == ["partner_organisation"]
    await desk.refused(404, "GET", "/reviewers?case_id=none", "zoe", COORDINATOR)
