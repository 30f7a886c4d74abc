"""The coordinator's board, the reviewer's desk and whom a case can be given to."""

from __future__ import annotations

from typing import Any

from tests.services.review.desk import COORDINATOR, Desk, Json


async def board(desk: Desk, query: str = "", who: str = "zoe") -> Json:
    return await desk.ok("GET", f"/cases?scope=all&sort=oldest&{query}", who, COORDINATOR)


async def stuck(desk: Desk, case_id: str) -> list[str]:
    found = {item["case_id"]: item["stuck"] for item in (await board(desk))["items"]}
    reasons: list[str] = found[case_id]
    return reasons


async def knows(desk: Desk, who: str, **terms: Any) -> None:
    me = await desk.call("GET", "/reviewers/me", who)
    await desk.ok("PATCH", "/reviewers/me", who, json=terms, headers={"If-Match": me.headers["ETag"]})


async def test_the_board_has_every_state_oldest_first_and_says_how_many(desk: Desk) -> None:
    names = ("reviewing", "ready", "changes_requested", "approved", "rejected", "withdrawn")
    cases = {}
    for name in names:
        cases[name] = await desk.opened()
        desk.clock.pass_(hours=1)
    for name in names[1:5]:
        people = (f"{name}-a", f"{name}-b")
        outcome = {"changes_requested": "request_changes", "rejected": "reject"}.get(name, "approve")
        await desk.reviewed(cases[name], *people, recommendation=outcome)
        reasons = ["strong-evidence"] if outcome == "approve" else ["weak-evidence"]
        if name != "ready":
            await desk.decide(cases[name], outcome=outcome, reason_codes=reasons)
    await desk.withdraw(cases["withdrawn"])

    everything = await board(desk, "counts=true")
    assert [item["case_id"] for item in everything["items"]] == list(cases.values())
    assert everything["counts"] == dict.fromkeys(names, 1) | {"open": 2, "unclaimed": 1, "overdue": 0}
    assert (await board(desk))["counts"] is None
    for name, case_id in cases.items():
        (item,) = (await board(desk, f"state={name}"))["items"]
        assert (item["case_id"], item["ready"]) == (case_id, name == "ready")
    page = await board(desk, "state=approved&state=rejected&state=withdrawn&limit=2")
    rest = await board(desk, f"state=approved&state=rejected&state=withdrawn&limit=2&cursor={page['next']}")
    closed = [item["case_id"] for item in page["items"] + rest["items"]]
    assert closed == [cases["approved"], cases["rejected"], cases["withdrawn"]]
    assert rest["next"] is None
    desk.clock.pass_(days=40)
    assert (await board(desk, "counts=true&state=approved"))["counts"]["overdue"] == 2
    other = await board(desk, "counts=true&country=MT")
    assert other["items"] == []
    assert set(other["counts"].values()) == {0}
    await desk.refused(422, "GET", "/cases?scope=all&state=lost", "zoe", COORDINATOR)
    await desk.refused(403, "GET", "/cases?scope=all&counts=true", "rita")


async def test_each_case_says_since_when_it_is_as_it_is(desk: Desk) -> None:
    case_id = await desk.opened()

    async def since() -> tuple[str, int]:
        (item,) = (await board(desk))["items"]
        return item["since"], item["days"]

    opened = (await since())[0]
    desk.clock.pass_(days=2, hours=23)
    assert await since() == (opened, 2)
    await desk.reviewed(case_id, "rita", "sam")
    ready = desk.clock.now
    desk.clock.pass_(days=1)
    assert await since() == (f"{ready:%Y-%m-%dT%H:%M:%SZ}", 1)
    await desk.decide(case_id, reason_codes=["strong-evidence"])
    assert await since() == (f"{desk.clock.now:%Y-%m-%dT%H:%M:%SZ}", 0)
    desk.clock.pass_(days=3)
    await desk.withdraw(case_id)
    assert (await since())[1] == 0


async def test_what_does_not_move_stands_out(desk: Desk) -> None:
    case_id = await desk.opened()
    desk.clock.pass_(days=6, hours=23)
    assert await stuck(desk, case_id) == []
    desk.clock.pass_(hours=1)
    assert await stuck(desk, case_id) == ["no-reviewer"]
    await desk.claim(case_id, "rita")
    assert await stuck(desk, case_id) == ["too-few-reviewers"]
    desk.clock.pass_(days=6)
    await desk.claim(case_id, "sam")
    assert await stuck(desk, case_id) == ["lease-ending"]
    for who in ("rita", "sam"):
        await desk.write(case_id, who)
        await desk.complete(case_id, who)
    assert await stuck(desk, case_id) == []
    desk.clock.pass_(days=7)
    assert await stuck(desk, case_id) == ["ready-undecided"]
    desk.clock.pass_(days=9)
    assert await stuck(desk, case_id) == ["overdue", "ready-undecided"]
    (item,) = (await desk.ok("GET", "/cases?scope=mine", "rita"))["items"]
    assert item["stuck"] == []  # who else holds the case is not for reviewers
    await desk.decide(case_id, outcome="request_changes", reason_codes=["unclear"], dissent="I would ask once more.")
    assert await stuck(desk, case_id) == []
    desk.clock.pass_(days=30)
    assert await stuck(desk, case_id) == ["author-silent"]


async def test_the_desk_says_why_a_case_is_suggested_and_how_many_there_are(desk: Desk) -> None:
    await knows(desk, "rita", sectors=["vet", "adult"], themes=["digital"], languages=["en", "pt"])
    case_id = await desk.opened(sectors=("school", "vet"), themes=("digital",), languages=("en", "fr"))
    mine = await desk.opened(languages=("de",))
    (one, other) = (await desk.ok("GET", "/cases?scope=unclaimed", "rita"))["items"]
    assert one["case_id"] == case_id
    assert one["because"] == {"sectors": ["vet"], "themes": ["digital"], "languages": ["en"]}
    assert other["because"]["languages"] == []
    await desk.claim(mine, "rita")
    desk.organisations["pia"] = "south-school"
    told = await desk.ok("GET", "/cases?scope=mine&counts=true", "rita")
    assert told["counts"] == {"mine": 1, "unclaimed": 1, "overdue": 0}
    assert (await desk.ok("GET", "/cases?counts=true", "pia"))["counts"] == {"mine": 0, "unclaimed": 0, "overdue": 0}
    told = await desk.ok("GET", "/cases?scope=ready&counts=true", "zoe", COORDINATOR)
    assert told["counts"] == {"mine": 0, "unclaimed": 2, "overdue": 0, "ready": 0}


async def test_those_to_give_a_case_to_come_best_first(desk: Desk) -> None:
    desk.organisations["pia"] = "south-school"
    case_id = await desk.opened(sectors=("vet",), themes=("digital",), languages=("en",))
    await knows(desk, "rita", sectors=["vet"], themes=["digital"], load_cap=1)
    await knows(desk, "sam", sectors=["vet"], themes=["digital"], load_cap=2)
    await knows(desk, "tom", sectors=["vet"], load_cap=9)
    await knows(desk, "una", sectors=["vet"], paused_until="2027-01-01T00:00:00Z")
    await knows(desk, "pia", sectors=["vet"], themes=["digital"], load_cap=9)
    await desk.claim(await desk.opened(), "rita")
    await desk.claim(case_id, "sam")
    told: list[Json] = []
    cursor = ""
    while True:
        page = await desk.ok("GET", f"/reviewers?case_id={case_id}&limit=2{cursor}", "zoe", COORDINATOR)
        told += page["items"]
        if not page["next"]:
            break
        cursor = f"&cursor={page['next']}"
    assert [one["name"] for one in told] == ["Sam", "Rita", "Tom", "Una", "Pia"]
    assert [one["fit"] for one in told] == [2, 2, 1, 1, 2]
    assert [one["spare"] for one in told] == [1, 0, 9, 0, 9]
    assert [one["hindrances"] for one in told] == [
        *(["already-claimed"], ["load-cap-reached"], [], ["reviewer-paused"], ["reviewer-has-conflict"]),
    ]
    assert told[0]["because"] == {"sectors": ["vet"], "themes": ["digital"], "languages": []}
    for one in told:
        path = f"/cases/{case_id}/assign"
        answer = await desk.call("POST", path, "zoe", COORDINATOR, json={"reviewer_id": one["person_id"]})
        refused = [] if answer.is_success else [answer.json()["type"].rpartition("/")[2]]
        assert refused == one["hindrances"], one["name"]
    await desk.refused(422, "GET", f"/reviewers?case_id={case_id}&cursor=WyJhIl0", "zoe", COORDINATOR)
