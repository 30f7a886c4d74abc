"""A coordinator records that a published joint action was agreed, and takes back what was none."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.contents import complete_content
from tests.services.submissions.desk import Desk

ORDER: dict[str, Any] = {
    "agreed_on": "2026-03-30",
    "parties": ["Advisory Committee on Adult Learning", "Varia Evening School", "Varia Evening School"],
    "text": {"EN-gb": "Shadow weeks in common from autumn on.", "de": "Gemeinsame Hospitationswochen ab Herbst."},
}
SHOWN: dict[str, Any] = {
    "agreed_on": "2026-03-30",
    "parties": ["Advisory Committee on Adult Learning", "Varia Evening School"],
    "text": {"en-GB": "Shadow weeks in common from autumn on.", "de": "Gemeinsame Hospitationswochen ab Herbst."},
}


async def _published(desk: Desk) -> str:
    return str((await desk.published(**complete_content("joint_action")))["id"])


async def _record(desk: Desk, practice_id: str, order: Any = ORDER, **more: Any) -> httpx.Response:
    path = f"/practices/{practice_id}/agreement"
    return await desk.call("POST", path, **({"who": "cora", "roles": ("coordinator",), "json": order} | more))


async def _retract(desk: Desk, practice_id: str, **more: Any) -> httpx.Response:
    path = f"/practices/{practice_id}/agreement"
    return await desk.call("DELETE", path, **({"who": "cora", "roles": ("coordinator",)} | more))


async def _said(desk: Desk) -> list[tuple[str, int]]:
    names = ("joint_action.agreed", "joint_action.agreement_retracted", "submission.agreed")
    events = await desk.events(*names, "submission.agreement_retracted")
    return [(one["type"].split(".", 2)[2].removesuffix(".v1"), one["aggregateversion"]) for one in events]


async def test_what_was_agreed_is_on_the_page_and_is_said_with_it(desk: Desk) -> None:
    practice_id = await _published(desk)
    before = await desk.call("GET", f"/practices/{practice_id}", who=None)
    assert before.json()["agreement"] is None
    answer = await _record(desk, practice_id)
    assert answer.status_code == 200, answer.text
    after = await desk.call("GET", f"/practices/{practice_id}", who=None)
    assert after.json() == answer.json() == before.json() | {"agreement": SHOWN}
    assert after.headers["etag"] != before.headers["etag"]
    (public,) = await desk.events("joint_action.agreed")
    assert public["data"]["practice"] == after.json() | {"attached_text": ""}
    assert (public["partitionkey"], public["aggregateversion"]) == (f"practice:{practice_id}", 2)
    (told,) = await desk.events("submission.agreed")
    assert told["data"]["author_ids"] == [desk.issuer.person_id("ana")]
    assert (told["data"]["agreed_on"], told["data"]["parties"]) == (SHOWN["agreed_on"], SHOWN["parties"])


async def test_it_is_carried_by_every_later_event_and_edition_but_no_edition_keeps_it(desk: Desk) -> None:
    practice_id = await _published(desk)
    await _record(desk, practice_id)
    desk.clock.pass_(days=732)
    await desk.timers.look()
    await desk.ok("POST", f"/contributions/{practice_id}/confirm")
    await desk.ok("POST", f"/contributions/{practice_id}/revise")
    case = await desk.ok("POST", f"/contributions/{practice_id}/submit")
    await desk.open(case)
    await desk.approve(case)
    for event in await desk.events("practice.stale", "practice.confirmed", "practice.revised"):
        assert event["data"]["practice"]["agreement"] == SHOWN, event["type"]
    assert (await desk.ok("GET", f"/practices/{practice_id}", who=None))["agreement"] == SHOWN
    edition = await desk.ok("GET", f"/practices/{practice_id}/versions/2", who=None)
    assert edition["agreement"] is None, "a version never changes, and this can be taken back"


async def test_a_next_version_of_another_kind_does_not_show_it(desk: Desk) -> None:
    practice_id = await _published(desk)
    await _record(desk, practice_id)
    revised = await desk.ok("POST", f"/contributions/{practice_id}/revise")
    content = complete_content("practice") | {"joint_action": None}
    match = {"If-Match": f'"{revised["revision"]}"'}
    await desk.ok("PATCH", f"/contributions/{practice_id}", json={"content": content}, headers=match)
    case = await desk.ok("POST", f"/contributions/{practice_id}/submit")
    await desk.open(case)
    await desk.approve(case)
    assert (await desk.ok("GET", f"/practices/{practice_id}", who=None))["agreement"] is None
    assert (await _retract(desk, practice_id)).status_code == 409


async def test_a_mistake_is_taken_back_and_recorded_anew_and_the_history_keeps_all(desk: Desk) -> None:
    practice_id = await _published(desk)
    await _record(desk, practice_id)
    twice = await _record(desk, practice_id)
    assert (twice.status_code, twice.json()["type"].rpartition("/")[2]) == (409, "wrong-state")
    answer = await _retract(desk, practice_id)
    assert (answer.status_code, answer.json()["agreement"]) == (200, None)
    (event,) = await desk.events("joint_action.agreement_retracted")
    shown = await desk.ok("GET", f"/practices/{practice_id}", who=None)
    assert shown == answer.json()
    assert event["data"]["practice"] == shown | {"attached_text": ""}
    assert (await _retract(desk, practice_id)).status_code == 409
    assert (await _record(desk, practice_id, ORDER | {"agreed_on": "2026-03-29"})).status_code == 200
    assert sorted(await _said(desk)) == [
        ("joint_action.agreed", 2),
        ("joint_action.agreed", 4),
        ("joint_action.agreement_retracted", 3),
        ("submission.agreed", 4),
        ("submission.agreed", 6),
        ("submission.agreement_retracted", 5),
    ]
    lines = (await desk.call("GET", f"/contributions/{practice_id}/timeline", params={"lang": "fr"})).json()
    told = [(line["text"], line["by"], line["note"]) for line in lines[-3:]]
    first, second = (f"2026-03-{day}: {', '.join(SHOWN['parties'])}" for day in (30, 29))
    assert told == [
        ("Accord enregistré", "coordinator", first),
        ("L’accord enregistré a été annulé", "coordinator", first),
        ("Accord enregistré", "coordinator", second),
    ]


async def test_once_with_a_key_and_for_one_of_two_at_once(desk: Desk) -> None:
    practice_id = await _published(desk)
    key = {"Idempotency-Key": "agreed-1"}
    first = await _record(desk, practice_id, headers=key)
    again = await _record(desk, practice_id, headers=key)
    assert (again.status_code, again.json()) == (200, first.json())
    key = {"Idempotency-Key": "back-1"}
    statuses = [(await _retract(desk, practice_id, headers=key)).status_code for _ in range(2)]
    assert statuses == [200, 200]
    both = await asyncio.gather(_record(desk, practice_id), _record(desk, practice_id))
    assert sorted(one.status_code for one in both) in ([200, 409], [200, 412])
    assert len(await desk.events("joint_action.agreed")) == 2
    assert len(await desk.events("joint_action.agreement_retracted")) == 1


async def test_what_cannot_be_agreed_is_refused_and_nothing_is_said(desk: Desk) -> None:
    practice = (await desk.published())["id"]
    answer = await _record(desk, practice)
    assert (answer.status_code, answer.json()["kind"]) == (409, "practice")
    draft = (await desk.draft(**complete_content("joint_action")))["id"]
    for nothing in (draft, "none-there"):
        assert (await _record(desk, nothing)).status_code == (await _retract(desk, nothing)).status_code == 404
    gone = await _published(desk)
    order = {"reason_code": "rights", "reason": "Not theirs."}
    await desk.ok("POST", f"/practices/{gone}/tombstone", who="cora", roles=("coordinator",), json=order)
    assert (await _record(desk, gone)).status_code == (await _retract(desk, gone)).status_code == 410
    for roles in (("member",), ("reviewer",)):
        assert (await _record(desk, practice, roles=roles)).status_code == 403
    assert await _said(desk) == []


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"agreed_on": "2026-04-03"}, "/agreed_on"),
        ({"agreed_on": "soon"}, "/agreed_on"),
        ({"parties": []}, "/parties"),
        ({"parties": ["A body"] + [f"Body {number}" for number in range(50)]}, "/parties"),
        ({"parties": ["x" * 301]}, "/parties/0"),
        ({"parties": ["two\nlines"]}, "/parties/0"),
        ({"text": {"en": "x" * 2001}}, "/text/en"),
        ({"text": {"nowhere-at-all": "x"}}, "/text/nowhere-at-all"),
        ({"text": {"en": "x", "EN": "y"}}, "/text"),
        ({"outcome": "x"}, "/outcome"),
    ],
)
async def test_bad_input_is_told_with_its_place(desk: Desk, wrong: dict[str, Any], pointer: str) -> None:
    practice_id = await _published(desk)
    answer = await _record(desk, practice_id, ORDER | wrong)
    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, [pointer])
    assert await _said(desk) == []
