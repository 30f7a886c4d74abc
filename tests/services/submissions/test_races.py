"""Two at once: one takes effect, the other is told; nothing is said twice or lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from services.submissions.discard import purge
from shared.store.outbox import Transaction
from tests.services.submissions.desk import Desk


async def test_of_two_writers_with_the_same_version_one_is_told(desk: Desk) -> None:
    draft = await desk.draft()
    path = f"/contributions/{draft['id']}"

    async def save(words: str) -> int:
        patch = {"content": {"title": {"en": {"text": words}}}}
        return (await desk.call("PATCH", path, json=patch, headers={"If-Match": '"1"'})).status_code

    statuses = Counter(await asyncio.gather(*(save(f"Words {number}") for number in range(6))))
    assert statuses == {200: 1, 412: 5}
    assert (await desk.ok("GET", path))["revision"] == 2


async def test_a_submission_happens_once_however_often_it_is_asked_for_at_once(desk: Desk) -> None:
    draft = await desk.draft()
    calls = (desk.call("POST", f"/contributions/{draft['id']}/submit") for _ in range(5))
    statuses = Counter(answer.status_code for answer in await asyncio.gather(*calls))
    assert statuses == {200: 1, 409: 4}
    assert len(await desk.events("submission.submitted")) == 1


async def test_withdrawal_and_approval_at_once_end_in_one_of_the_two(desk: Desk) -> None:
    for _ in range(4):
        case = await desk.in_review()
        path = f"/contributions/{case['id']}"
        answer, _ = await asyncio.gather(desk.call("POST", f"{path}/withdraw"), desk.approve(case))
        mine = await desk.ok("GET", path)
        public = (await desk.call("GET", f"/practices/{case['id']}", who=None)).status_code
        assert (answer.status_code, mine["state"], public) in ((200, "withdrawn", 404), (409, "published", 200))
        said = [one["aggregateversion"] for one in await desk.events() if one["subject"] == case["id"]]
        assert len(said) == (3 if public == 404 else 4)


async def test_two_timers_publish_once(desk: Desk) -> None:
    case = await desk.in_review()
    await desk.approve(case, publish_at=desk.clock.now.replace(hour=13))
    desk.clock.pass_(hours=2)
    await asyncio.gather(*(desk.timers.look() for _ in range(3)))
    assert len(await desk.events("practice.published")) == 1


async def test_two_timers_forget_a_draft_that_was_set_aside_and_leave_what_is_public(desk: Desk) -> None:
    case = await desk.published()
    path = f"/contributions/{case['id']}"
    revised = await desk.ok("POST", f"{path}/revise")
    answer = await desk.call("DELETE", path, headers={"If-Match": f'"{revised["revision"]}"'})
    assert answer.status_code == 204, answer.text
    desk.clock.pass_(days=31)
    (due,) = await desk.records.contributions.to_purge(desk.clock.now - timedelta(days=30))
    await desk.timers.look()

    async def other(tx: Transaction) -> None:  # the timer of another replica, which listed it before
        await purge(tx, desk.records, due)

    await desk.records.store.transact(other)
    assert (await desk.ok("GET", path))["state"] == "published"


async def test_files_sent_at_once_all_find_their_place(desk: Desk) -> None:
    draft = await desk.draft()
    path = f"/contributions/{draft['id']}/attachments"
    calls = (desk.call("POST", path, params={"name": f"{n}.txt"}, content=f"file {n}".encode()) for n in range(5))
    assert [answer.status_code for answer in await asyncio.gather(*calls)] == [201] * 5
    names = {one["name"] for one in (await desk.call("GET", path)).json()}
    assert names == {f"{n}.txt" for n in range(5)}


async def test_what_the_bus_could_not_carry_is_refused(desk: Desk) -> None:
    case = await desk.in_review(context={"en": {"text": "Long words. " * 1600}, "el": {"text": "Λέξεις. " * 2400}})
    await desk.ask_changes(case, *((f"c{number}", "must") for number in range(300)))
    answers = [{"comment_id": f"c{number}", "text": "ω" * 2_000} for number in range(300)]
    answer = await desk.call("POST", f"/contributions/{case['id']}/resubmit", json={"answers": answers})
    assert answer.status_code in (413, 422)
    assert (await desk.ok("GET", f"/contributions/{case['id']}"))["state"] == "changes_requested"
    fewer = [{**one, "text": "ω" * 1_500} for one in answers]
    answer = await desk.call("POST", f"/contributions/{case['id']}/resubmit", json={"answers": fewer})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "too-large"


async def test_of_many_begun_at_once_each_is_kept_and_one_key_begins_one(desk: Desk) -> None:
    async def begin(number: int, **headers: str) -> str:
        body = {"content": {"title": {"en": {"text": f"Begun {number}"}}}}
        answer = await desk.call("POST", "/contributions", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    different = [begin(number) for number in range(12)]
    same = [begin(99, **{"Idempotency-Key": "begun-once"}) for _ in range(4)]
    ids = await asyncio.gather(*different, *same)
    assert len(set(ids)) == 13
    assert len(set(ids[12:])) == 1
    assert len(await desk.events("submission.drafted")) == 13
    listed = await desk.ok("GET", "/contributions", params={"limit": 50})
    assert {one["id"] for one in listed["items"]} == set(ids)


async def test_a_decision_is_not_lost_where_nobody_heard_that_its_round_began(desk: Desk) -> None:
    case = await desk.submitted()
    await desk.approve(case)
    assert (await desk.ok("GET", f"/contributions/{case['id']}"))["state"] == "published"
    await desk.open(case)  # replayed from the dead letters
    assert (await desk.ok("GET", f"/contributions/{case['id']}"))["state"] == "published"


async def test_a_file_let_go_while_the_cleaner_settles_it_is_cleaned_up_the_next_time(desk: Desk) -> None:
    draft = await desk.draft()
    path = f"/contributions/{draft['id']}"
    sent = await desk.call("POST", f"{path}/attachments", params={"name": "a.txt"}, content=b"words")
    file_id, files = sent.json()["id"], desk.records.files
    loose = {"_id": file_id, "contribution_id": draft["id"], "since": desk.clock.now}
    await desk.records.store.db["loose_files"].insert_one(loose)  # as of before it was attached

    async def holds(*_: str) -> bool:
        answer = await desk.call("DELETE", f"{path}/attachments/{file_id}", headers={"If-Match": sent.headers["ETag"]})
        assert answer.status_code == 204, answer.text
        return True

    desk.clock.pass_(hours=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.records.contributions, "holds", holds)
        await desk.timers.look()
    desk.clock.pass_(hours=2)
    await desk.timers.look()
    assert await desk.records.store.db["attachments.files"].count_documents({"_id": file_id}) == 0
    assert await files.loose(desk.clock.now) == []
