"""Who may call what, and what no input may bring about."""

from __future__ import annotations

import pytest

from shared.http.access import Role
from tests.access_table import assert_access_holds, assert_hidden_from_strangers
from tests.http_fuzz import assert_api_holds
from tests.services.submissions import documents as made
from tests.services.submissions.desk import Desk, complete_content


async def values_of(desk: Desk) -> dict[str, str]:
    draft = await desk.draft()
    told = await desk.ok(
        "POST", f"/contributions/{draft['id']}/attachments", params={"name": "a.pdf"}, content=made.PDF
    )
    submitted = await desk.ok("POST", f"/contributions/{draft['id']}/submit")
    await desk.open(submitted)
    await desk.approve(submitted)
    return {
        "contribution_id": draft["id"], "practice_id": draft["id"], "attachment_id": told["id"], "name": "1.1",
        "version": "1",
    }  # fmt: skip


async def test_every_route_as_every_role(desk: Desk) -> None:
    assert await assert_access_holds(desk.app, desk.issuer, values=await values_of(desk)) > 300


async def test_what_is_somebody_elses_is_not_there(desk: Desk) -> None:
    draft = await desk.in_review()
    values = {"contribution_id": draft["id"], "practice_id": draft["id"], "name": "1.1"}
    one = "/contributions/{contribution_id}"
    bodies = {
        f"PATCH {one}": {"content": {}},
        f"POST {one}/resubmit": {"answers": []},
        f"POST {one}/appeal": {"text": "Please."},
        "POST /practices/{practice_id}/agreement": {"agreed_on": "2026-01-15", "parties": ["A body"]},
        "POST /practices/{practice_id}/tombstone": {"reason_code": "rights", "reason": "Not theirs."},
    }
    stranger = {"sub": "eve", "organisation": "org-b"}
    assert await assert_hidden_from_strangers(desk.app, desk.issuer, values=values, stranger=stranger, bodies=bodies)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_no_input_breaks_the_api(desk: Desk) -> None:
    values = await values_of(desk)
    extra = await desk.ok("POST", "/contributions", json={"content": complete_content()})
    values["contribution_id"] = extra["id"]
    headers = desk.issuer.headers(roles=list(Role))
    await assert_api_holds(desk.app, headers=headers, values=values, examples=5)
