"""An export sent over HTTP: the same rules as on the command line, a report row by row, other people's left alone."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from services.submissions.importing.upload import MOST_BYTES, MOST_ROWS
from tests.services.submissions.desk import Desk
from tests.services.submissions.importing.exports import real_export, row, written


async def send(
    desk: Desk, content: bytes, *, who: str = "ana", dry_run: bool = False, key: str | None = None
) -> httpx.Response:
    headers = {"Content-Type": "text/csv"} | ({"Idempotency-Key": key} if key else {})
    params = {"dry_run": str(dry_run).lower()}
    return await desk.call("POST", "/imports", who=who, params=params, content=content, headers=headers)


async def report(desk: Desk, content: bytes, **more: Any) -> dict[str, Any]:
    answer = await send(desk, content, **more)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert sum(told["counts"].values()) == len(told["rows"])
    return told


async def mine(desk: Desk, who: str = "ana") -> list[str]:
    page = await desk.ok("GET", "/contributions?limit=100", who=who)
    return [one["id"] for one in page["items"]]


def outcomes(told: dict[str, Any]) -> list[str]:
    return [one["outcome"] for one in told["rows"]]


async def test_each_project_becomes_a_draft_of_the_caller(desk: Desk) -> None:
    told = await report(desk, written([row("A-1"), row("A-2", **{"Project Website": "not an address"})]))
    assert told["counts"] == {"created": 2, "updated": 0, "unchanged": 0, "left_alone": 0, "refused": 0}
    first, second = told["rows"]
    assert (first["line"], first["identifier"], first["title"]) == (2, "A-1", row()["Project Title"])
    assert (first["reason_code"], first["reason"], first["left_out"]) == (None, None, [])
    assert second["left_out"] == ["web address 'not an address'"]
    assert sorted(await mine(desk)) == sorted(one["contribution_id"] for one in told["rows"])
    draft = await desk.ok("GET", f"/contributions/{first['contribution_id']}")
    assert (draft["project"], draft["state"]) == ("A-1", "draft")
    again = await report(desk, written([row("A-1"), row("A-2", **{"Project Website": "not an address"})]))
    assert outcomes(again) == ["unchanged", "unchanged"]
    assert [one["contribution_id"] for one in again["rows"]] == [one["contribution_id"] for one in told["rows"]]


async def test_a_dry_run_foretells_the_same_and_writes_nothing(desk: Desk) -> None:
    content = written([row("A-1"), row(""), row("A-3")])
    foretold = await report(desk, content, dry_run=True)
    assert outcomes(foretold) == ["created", "refused", "created"]
    assert {one["contribution_id"] for one in foretold["rows"]} == {None}
    assert await mine(desk) == []
    assert await desk.events() == []
    assert outcomes(await report(desk, content)) == outcomes(foretold)


async def test_bad_rows_are_told_and_nothing_of_them_is_kept(desk: Desk) -> None:
    content = written([row("A-1"), row("A-2", **{"Call year": "soon"}), row("A-1")])
    told = await report(desk, content)
    assert outcomes(told) == ["created", "refused", "refused"]
    bad, repeated = told["rows"][1:]
    assert (bad["line"], bad["identifier"], bad["title"]) == (3, "A-2", row()["Project Title"])
    assert bad["reason_code"] == "bad-row"
    assert "'soon' as its call year" in bad["reason"]
    assert "repeats project A-1 of line 2" in repeated["reason"]
    assert len(await mine(desk)) == 1


async def test_what_was_worked_on_or_discarded_is_left_alone(desk: Desk) -> None:
    told = await report(desk, written([row("A-1"), row("A-2"), row("A-3")]))
    touched, thrown, _ = (f"/contributions/{one['contribution_id']}" for one in told["rows"])
    match = {"If-Match": '"1"'}
    await desk.ok("PATCH", touched, json={"content": {"title": {"en": {"text": "My own words"}}}}, headers=match)
    await desk.ok("DELETE", thrown, headers=match)
    newer = {"Project Title": "A title that the platform mended"}
    told = await report(desk, written([row(name, **newer) for name in ("A-1", "A-2", "A-3")]))
    assert outcomes(told) == ["left_alone", "left_alone", "updated"]
    assert [one["reason_code"] for one in told["rows"]] == ["worked-on", "discarded", None]
    assert (await desk.ok("GET", touched))["content"]["title"]["en"]["text"] == "My own words"
    updated = await desk.ok("GET", f"/contributions/{told['rows'][2]['contribution_id']}")
    assert updated["content"]["title"]["en"]["text"] == newer["Project Title"]


async def test_what_somebody_else_imported_is_neither_changed_nor_shown(desk: Desk) -> None:
    first = await report(desk, written([row("A-1")]), who="ben")
    forged = {"Project Title": "Words that ben did not choose"}
    for content in (written([row("A-1")]), written([row("A-1", **forged)])):
        told = await report(desk, content)
        assert outcomes(told) == ["left_alone"]
        assert (told["rows"][0]["reason_code"], told["rows"][0]["contribution_id"]) == ("somebody-elses", None)
    kept = await desk.ok("GET", f"/contributions/{first['rows'][0]['contribution_id']}", who="ben")
    assert kept["content"]["title"]["en"]["text"] == row()["Project Title"]
    assert kept["revision"] == 1
    assert await mine(desk) == []


async def test_a_repeated_request_has_its_effect_once(desk: Desk) -> None:
    content = written([row("A-1")])
    first = await send(desk, content, key="import-1")
    again = await send(desk, content, key="import-1")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    assert (await send(desk, written([row("A-2")]), key="import-1")).status_code == 422
    assert len(await mine(desk)) == 1


async def test_two_at_once_make_one_draft(desk: Desk) -> None:
    content = written([row("A-1"), row("A-2")])
    told = await asyncio.gather(*(report(desk, content) for _ in range(3)))
    assert sorted(outcome for one in told for outcome in outcomes(one)) == ["created"] * 2 + ["unchanged"] * 4
    assert len(await mine(desk)) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"name,age\nana,5\n", "The file is not an export"),
        (b'{"Project Identifier": 1}', "The file is not an export"),
        (written([row("A-1")]).decode("utf-8-sig").encode("utf-16"), "The file is in UTF-16"),
        (written([row("A-1")]).decode("utf-8-sig").encode("cp1253", "replace"), "The file is not in UTF-8"),
        (written([row("A-1"), row("A-2", Topics="cut")]).partition(b"cut")[0] + b'"cut', "The file is cut off"),
    ],
)
async def test_what_is_no_export_is_refused_with_the_reason(desk: Desk, content: bytes, said: str) -> None:
    answer = await send(desk, content)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(said)
    assert answer.json()["errors"][0]["code"] == "unreadable"
    assert await mine(desk) == []


async def test_larger_exports_are_for_the_command_line(desk: Desk) -> None:
    for content in (written([row(f"A-{n}") for n in range(MOST_ROWS + 1)]), b"x" * (MOST_BYTES + 1)):
        answer = await send(desk, content)
        assert answer.status_code == 413
        assert "python -m services.submissions import" in answer.json()["detail"]
    assert await mine(desk) == []


async def test_the_real_export_is_imported(desk: Desk) -> None:
    path = real_export()
    if path is None:
        pytest.skip("the real export does not lie beside the project (../shared/data)")
    assert (await report(desk, path.read_bytes()))["counts"]["created"] == 6
