"""Where each contribution stands: the list says the same as the contribution itself, in plain words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.submissions.domain.standing import Standing
from services.submissions.domain.state import State
from services.submissions.domain.status import status
from tests.services.submissions.desk import Desk, complete_content

STANDING: dict[str, Any] = {
    "version": 1, "round": 1, "public_version": None, "stale": False, "review_by": None, "discarded_at": None,
    "set_aside_at": None, "appeal_until": None, "was_appealed": False, "open_comments": 0, "unanswered": 0,
}  # fmt: skip


async def listed(desk: Desk, contribution_id: str, **params: str) -> dict[str, Any]:
    """Return the contribution's line in the list, once it says the same as the contribution itself."""
    whole = await desk.ok("GET", f"/contributions/{contribution_id}", params=params)
    page = await desk.ok("GET", "/contributions", params=params)
    found: dict[str, Any] = next(item for item in page["items"] if item["id"] == contribution_id)
    shared = ("state", "version", "round", "revision", "can", "status", "updated_at")
    assert {name: found[name] for name in shared} == {name: whole[name] for name in shared}
    for name in ("publication", "appeal_until", "publish_at"):
        assert found.get(name) == whole.get(name)
    return found


async def test_the_list_tells_where_each_stands_at_every_step(desk: Desk) -> None:
    draft = await desk.draft()
    path = f"/contributions/{draft['id']}"
    line = await listed(desk, draft["id"])
    assert line["status"] == "Draft of version 1, not yet submitted"
    assert line["can"] == ["edit", "submit", "discard"]
    assert (line["kind"], line["open_comments"]) == ("practice", 0)

    submitted = await desk.ok("POST", f"{path}/submit")
    assert (await listed(desk, draft["id"]))["status"] == "Version 1 submitted for review"
    await desk.open(submitted)
    assert (await listed(desk, draft["id"]))["status"] == "Version 1 is being reviewed, round 1"

    await desk.ask_changes(submitted, ("c1", "must"), ("c2", "should"), ("c3", "praise"))
    line = await listed(desk, draft["id"])
    assert (line["open_comments"], line["unanswered"]) == (2, 2)
    assert line["status"] == "Changes to version 1 were asked for: 2 comments wait for an answer"
    patch = {"answers": [{"comment_id": "c1", "text": "Yes."}, {"comment_id": "c3", "text": "Thanks."}]}
    saved = await desk.ok("PATCH", path, json=patch, headers={"If-Match": f'"{line["revision"]}"'})
    line = await listed(desk, draft["id"])
    assert (line["open_comments"], line["unanswered"]) == (2, 1)
    assert line["status"].endswith("1 comment waits for an answer")
    patch = {"answers": [{"comment_id": "c2", "text": "Yes."}]}
    await desk.ok("PATCH", path, json=patch, headers={"If-Match": f'"{saved["revision"]}"'})
    assert (await listed(desk, draft["id"]))["status"].endswith("every comment is answered")

    again = await desk.ok("POST", f"{path}/resubmit")
    line = await listed(desk, draft["id"])
    assert line["status"] == "Version 1 submitted again, for round 2"
    assert line["open_comments"] == 0
    await desk.open(again)
    await desk.approve(again)
    line = await listed(desk, draft["id"])
    assert (line["status"], line["review_by"]) == ("Version 1 published", "2028-03-31")
    await desk.ok("POST", f"{path}/revise")
    line = await listed(desk, draft["id"], lang="de")
    assert line["status"] == "Entwurf der Version 2, noch nicht eingereicht; Version 1 ist öffentlich"


async def test_a_rejection_in_the_list_says_until_when_to_appeal(desk: Desk) -> None:
    case = await desk.in_review()
    await desk.reject(case)
    line = await listed(desk, case["id"])
    assert line["can"] == ["appeal"]
    assert line["appeal_until"] == "2026-04-30T12:00:00Z"
    await desk.ok("POST", f"/contributions/{case['id']}/appeal", json={"text": "Please look again."})
    assert (await listed(desk, case["id"]))["can"] == ["withdraw"]
    await desk.open(case, round=2)
    await desk.reject({**case, "round": 2}, appeal_until=None)
    assert (await listed(desk, case["id"]))["can"] == []


async def test_discarded_drafts_are_listed_with_the_way_back(desk: Desk) -> None:
    first = await desk.draft()
    await desk.ok("DELETE", f"/contributions/{first['id']}", headers={"If-Match": '"1"'})
    (line,) = (await desk.ok("GET", "/contributions", params={"state": "discarded"}))["items"]
    assert line["can"] == ["restore"]
    public = await desk.published()
    path = f"/contributions/{public['id']}"
    draft = await desk.ok("POST", f"{path}/revise")
    await desk.ok("DELETE", path, headers={"If-Match": f'"{draft["revision"]}"'})
    line = await listed(desk, public["id"])
    assert (line["state"], line["can"]) == ("published", ["restore", "revise", "confirm"])
    desk.clock.pass_(days=31)
    assert (await listed(desk, public["id"]))["can"] == ["revise", "confirm"]


async def test_a_stale_publication_says_so(desk: Desk) -> None:
    case = await desk.published()
    desk.clock.pass_(days=732)
    await desk.timers.look()
    line = await listed(desk, case["id"], lang="fr")
    assert line["status"] == "Version 1 publiée, mais sa date de réexamen est passée"
    assert line["publication"]["stale"]


async def test_the_title_comes_in_the_language_asked_for(desk: Desk) -> None:
    title = {"en": {"text": "By rail and sea"}, "fr": {"text": "Par le rail et la mer"}}
    draft = await desk.ok("POST", "/contributions", json={"content": complete_content(title=title)})
    assert (await listed(desk, draft["id"], lang="fr"))["heading"] == {"lang": "fr", "text": "Par le rail et la mer"}
    assert (await listed(desk, draft["id"], lang="sv"))["heading"] == {"lang": "en", "text": "By rail and sea"}
    empty = await desk.ok("POST", "/contributions", json={})
    line = await listed(desk, empty["id"])
    assert line["heading"] == {"lang": "", "text": ""}
    assert "kind" not in line


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_sentence_in_every_language(state: State, language: str) -> None:
    said = status(Standing(**{**STANDING, "state": state, "unanswered": 3}), language)
    assert "{" not in said
    assert "1" in said or state is State.TOMBSTONED
    assert (said == status(Standing(**{**STANDING, "state": state, "unanswered": 3}), "en")) is (language == "en")


def test_what_stays_public_is_said_unless_it_was_taken_down() -> None:
    standing = STANDING | {"version": 3, "public_version": 2, "review_by": date(2028, 3, 31)}
    assert status(Standing(**standing, state=State.REJECTED), "en-GB") == "Version 3 rejected; version 2 is public"
    assert "public" not in status(Standing(**standing, state=State.TOMBSTONED), "en")
    until = {"appeal_until": datetime(2026, 4, 30, tzinfo=UTC)}
    assert status(Standing(**standing | until, state=State.REJECTED), "xx").startswith("Version 3 rejected")


async def test_every_step_answers_with_the_new_state_and_what_can_be_done(desk: Desk) -> None:
    """What a front-end draws its buttons from after each step."""
    draft = await desk.draft()
    path = f"/contributions/{draft['id']}"

    async def step(name: str, state: str, *can: str, **more: Any) -> dict[str, Any]:
        told = await desk.ok("POST", f"{path}/{name}", **more)
        assert (told["state"], tuple(told["can"])) == (state, can)
        return told

    await step("submit", "submitted", "withdraw")
    await step("withdraw", "withdrawn", "revise")
    draft = await step("revise", "draft", "edit", "submit", "discard")
    await desk.ok("DELETE", path, headers={"If-Match": f'"{draft["revision"]}"'})
    await step("restore", "draft", "edit", "submit", "discard")
    case = await step("submit", "submitted", "withdraw")
    await desk.open(case)
    await desk.reject(case)
    await step("appeal", "appealed", "withdraw", json={"text": "Please look again."})
    await desk.open(case, round=2)
    await desk.approve({**case, "round": 2})
    await step("confirm", "published", "revise", "confirm")
    await step("revise", "draft", "edit", "submit", "discard", "confirm")
