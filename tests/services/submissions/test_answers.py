"""Answers to the reviewers' comments: kept as they are typed, handed in with the next round."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.submissions.desk import Desk


class Author:
    """An author whose contribution came back with comments: c1 and c2 ask for an answer, c3 praises."""

    def __init__(self, desk: Desk, contribution: dict[str, Any]) -> None:
        self.desk = desk
        self.case = contribution
        self.path = f"/contributions/{contribution['id']}"

    async def types(self, *answers: tuple[str, str], **more: Any) -> dict[str, Any]:
        given = [{"comment_id": comment, "text": text} for comment, text in answers]
        return await self.desk.ok("PATCH", self.path, json={"answers": given, **more}, headers=await self.seen())

    async def seen(self) -> dict[str, str]:
        return {"If-Match": (await self.desk.call("GET", self.path)).headers["etag"]}

    async def kept(self) -> dict[str, str]:
        mine = await self.desk.ok("GET", self.path)
        return {answer["comment_id"]: answer["text"] for answer in mine["feedback"]["answers"]}


@pytest.fixture
async def author(desk: Desk) -> Author:
    case = await desk.in_review()
    await desk.ask_changes(case, ("c1", "must"), ("c2", "should"), ("c3", "praise"))
    return Author(desk, case)


async def test_answers_are_kept_as_typed_beside_the_content(author: Author) -> None:
    assert await author.kept() == {}
    before = await author.desk.ok("GET", author.path)
    saved = await author.types(("c1", "Half a sen"))
    assert saved["revision"] == before["revision"] + 1
    assert saved["content"] == before["content"]
    await author.types(("c1", "Half a sentence."), ("c2", "Yes."), content={"reach": "national"})
    assert await author.kept() == {"c1": "Half a sentence.", "c2": "Yes."}
    assert (await author.desk.ok("GET", author.path))["content"]["reach"] == "national"
    await author.types(("c2", ""))
    assert await author.kept() == {"c1": "Half a sentence."}
    await author.types(("c1", " \n"))
    assert await author.kept() == {}


async def test_kept_answers_are_handed_in_and_vanish(author: Author) -> None:
    await author.types(("c1", "Done."), ("c2", "Done too."))
    again = await author.desk.ok("POST", f"{author.path}/resubmit")
    assert (again["state"], again["round"]) == ("submitted", 2)
    assert "feedback" not in again
    (event,) = await author.desk.events("submission.resubmitted")
    assert event["data"]["answers"] == [
        {"comment_id": "c1", "text": "Done."},
        {"comment_id": "c2", "text": "Done too."},
    ]
    await author.desk.open(again)
    await author.desk.ask_changes(again, ("c1", "must"))
    assert await author.kept() == {}, "the next round begins without answers"


@pytest.mark.parametrize("body", [None, {}, {"answers": None}])
async def test_every_open_comment_without_an_answer_is_named(author: Author, body: dict[str, Any] | None) -> None:
    await author.types(("c3", "Thank you."))
    answer = await author.desk.call("POST", f"{author.path}/resubmit", json=body)
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/answers/c1", "unanswered"),
        ("/answers/c2", "unanswered"),
    ]
    assert await author.kept() == {"c3": "Thank you."}


async def test_given_answers_stand_for_the_kept_ones(author: Author) -> None:
    await author.types(("c1", "Kept."), ("c2", "Kept."))
    body: dict[str, Any] = {"answers": [{"comment_id": "c1", "text": "Given."}]}
    refused = await author.desk.call("POST", f"{author.path}/resubmit", json=body)
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/answers/c2"]
    body["answers"].append({"comment_id": "c2", "text": "Given."})
    await author.desk.ok("POST", f"{author.path}/resubmit", json=body)
    (event,) = await author.desk.events("submission.resubmitted")
    assert {answer["text"] for answer in event["data"]["answers"]} == {"Given."}


async def test_an_answer_to_no_comment_is_refused_and_nothing_kept(author: Author) -> None:
    given = [{"comment_id": "c1", "text": "Fine."}, {"comment_id": "c9", "text": "To whom?"}]
    patch = {"answers": given, "content": {"reach": "national"}}
    answer = await author.desk.call("PATCH", author.path, json=patch, headers=await author.seen())
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/answers/c9", "unknown_comment")
    assert error["allowed"] == ["c1", "c2", "c3"]
    assert await author.kept() == {}
    assert (await author.desk.ok("GET", author.path))["content"] == author.case["content"]


async def test_two_windows_do_not_overwrite_each_other(author: Author) -> None:
    seen = await author.seen()
    await author.types(("c1", "From the first window."))
    patch = {"answers": [{"comment_id": "c1", "text": "From the second."}]}
    assert (await author.desk.call("PATCH", author.path, json=patch)).status_code == 428
    assert (await author.desk.call("PATCH", author.path, json=patch, headers=seen)).status_code == 412
    assert await author.kept() == {"c1": "From the first window."}


async def test_there_is_nothing_to_answer_before_changes_are_asked_for(desk: Desk) -> None:
    draft = await desk.draft()
    patch = {"answers": [{"comment_id": "c1", "text": "Hello."}]}
    answer = await desk.call("PATCH", f"/contributions/{draft['id']}", json=patch, headers={"If-Match": '"1"'})
    assert answer.status_code == 409
    assert answer.json()["state"] == "draft"
    await desk.ok("PATCH", f"/contributions/{draft['id']}", json={"answers": []}, headers={"If-Match": '"1"'})
