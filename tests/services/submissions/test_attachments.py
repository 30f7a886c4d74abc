"""Files over HTTP: taken in by what they are, within limits, read in parts, by those who may."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.events.reviews import ReviewClaimed, ReviewReleased
from shared.ids import new_id
from tests.services.submissions import documents as made
from tests.services.submissions.desk import Desk, open_desk

LARGE = b"%PDF-1.7\n" + bytes(range(256)) * 4096  # 1 MiB: several pieces


async def upload(
    desk: Desk, contribution_id: str, content: bytes, name: str = "plan.pdf", **more: Any
) -> dict[str, Any]:
    return await desk.ok(
        "POST", f"/contributions/{contribution_id}/attachments", params={"name": name, **more}, content=content
    )


async def files_stored(desk: Desk) -> int:
    return await desk.records.store.db["attachments.files"].count_documents({})


async def test_file_is_taken_in_described_and_read_back(desk: Desk) -> None:
    draft = await desk.draft()
    told = await upload(desk, draft["id"], LARGE, name="../Größe.exe", alt_text="A plan", licence="CC-BY-SA-4.0")
    assert told["name"] == "Größe.exe.pdf"
    assert told["media_type"] == "application/pdf"
    assert told["bytes"] == len(LARGE)
    assert told["sha256"] == hashlib.sha256(LARGE).hexdigest()
    path = f"/contributions/{draft['id']}/attachments/{told['id']}"
    answer = await desk.call("GET", path)
    assert answer.content == LARGE
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "filename*=UTF-8''Gr%C3%B6%C3%9Fe.exe.pdf" in answer.headers["content-disposition"]
    assert answer.headers["accept-ranges"] == "bytes"
    mine = await desk.ok("GET", f"/contributions/{draft['id']}")
    assert mine["attachments"] == [told]
    assert (await desk.call("GET", f"/contributions/{draft['id']}/attachments")).json() == [told]
    assert mine["revision"] == 2


@pytest.mark.parametrize("name", ["PNG", "JPEG", "GIF", "WEBP", "PDF", "MP4"])
async def test_only_images_are_shown_in_a_page_and_only_when_asked_for(desk: Desk, name: str) -> None:
    draft = await desk.draft()
    told = await upload(desk, draft["id"], getattr(made, name), name=f"a.{name.lower()}")
    submitted = await desk.ok("POST", f"/contributions/{draft['id']}/submit")
    await desk.open(submitted)
    await desk.approve(submitted)
    is_image = told["media_type"].startswith("image/")
    for path, who in ((f"/practices/{draft['id']}", None), (f"/contributions/{draft['id']}", "ana")):
        place = f"{path}/attachments/{told['id']}"
        saved = await desk.call("GET", place, who=who)
        assert saved.headers["content-disposition"].startswith("attachment;")
        shown = await desk.call("GET", place, who=who, params={"disposition": "inline"})
        assert shown.headers["content-disposition"].startswith("inline;" if is_image else "attachment;")
        assert shown.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert shown.headers["x-content-type-options"] == "nosniff"


async def test_parts_of_a_file(desk: Desk) -> None:
    draft = await desk.draft()
    told = await upload(desk, draft["id"], LARGE)
    path = f"/contributions/{draft['id']}/attachments/{told['id']}"
    for first, last in ((0, 0), (261_119, 261_121), (500_000, len(LARGE) - 1)):
        answer = await desk.call("GET", path, headers={"Range": f"bytes={first}-{last}"})
        assert answer.status_code == 206
        assert answer.content == LARGE[first : last + 1]
        assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(LARGE)}"
    beyond = await desk.call("GET", path, headers={"Range": f"bytes={len(LARGE)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(LARGE)}"
    tag = f'"{told["sha256"]}"'
    assert (await desk.call("GET", path, headers={"If-None-Match": tag})).status_code == 304
    assert (await desk.call("GET", path, headers={"Range": "bytes=0-1", "If-Range": '"x"'})).status_code == 200
    assert (await desk.call("GET", path, headers={"Range": "bytes=0-1", "If-Range": tag})).status_code == 206


async def test_what_may_not_be_taken_leaves_nothing_behind(desk: Desk) -> None:
    draft = await desk.draft()
    path = f"/contributions/{draft['id']}/attachments"
    refused = await desk.call("POST", path, params={"name": "a.docx"}, content=made.docx(word__vbaProject_dot_bin=b"x"))
    assert refused.status_code == 415
    assert "macros" in refused.json()["detail"]
    assert (await desk.call("POST", path, params={"name": "a.pdf"}, content=made.EXE)).status_code == 415
    assert (await desk.call("POST", path, params={"name": "a.pdf"}, content=b"")).status_code == 415
    assert (await desk.call("POST", path, content=made.PDF)).status_code == 422
    unknown = await desk.call("POST", path, params={"name": "a.pdf", "licence": "MINE"}, content=made.PDF)
    assert unknown.status_code == 422
    assert "CC-BY-4.0" in unknown.json()["errors"][0]["allowed"]
    assert await files_stored(desk) == 0


@pytest.fixture
async def small(mongodb_url: str, database: str) -> AsyncIterator[Desk]:
    async with open_desk(
        mongodb_url, database, file_bytes=1000, contribution_bytes=1500, contribution_files=3, loose_file_seconds=60
    ) as desk:
        yield desk


async def test_limits_of_size_and_number(small: Desk) -> None:
    draft = await small.draft()
    path = f"/contributions/{draft['id']}/attachments"
    too_large = await small.call("POST", path, params={"name": "a.txt"}, content=b"a" * 1001)
    assert too_large.status_code == 413
    await upload(small, draft["id"], b"a" * 1000, name="a.txt")
    over = await small.call("POST", path, params={"name": "b.txt"}, content=b"b" * 501)
    assert over.status_code == 413
    assert "left" in over.json()["detail"]
    await upload(small, draft["id"], b"c" * 100, name="c.txt")
    await upload(small, draft["id"], b"d" * 100, name="d.txt")
    many = await small.call("POST", path, params={"name": "e.txt"}, content=b"e")
    assert many.status_code == 422
    assert many.json()["errors"][0]["code"] == "too_many_files"


async def test_a_streamed_body_without_length_is_cut_off(small: Desk) -> None:
    draft = await small.draft()
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 100
            yield b"a" * 100

    path = f"/contributions/{draft['id']}/attachments"
    answer = await small.call("POST", path, params={"name": "a.txt"}, content=endless())
    assert answer.status_code == 413
    assert sent < 2000


async def test_files_of_a_submitted_version_cannot_be_changed(desk: Desk) -> None:
    draft = await desk.draft()
    told = await upload(desk, draft["id"], made.PDF)
    submitted = await desk.ok("POST", f"/contributions/{draft['id']}/submit")
    path = f"/contributions/{draft['id']}/attachments"
    match = {"If-Match": f'"{submitted["revision"]}"'}
    assert (await desk.call("POST", path, params={"name": "b.pdf"}, content=made.PDF)).status_code == 409
    assert (await desk.call("DELETE", f"{path}/{told['id']}", headers=match)).status_code == 409
    assert (await desk.call("PATCH", f"{path}/{told['id']}", headers=match, json={"name": "x.pdf"})).status_code == 409


async def test_describing_and_taking_out(desk: Desk) -> None:
    draft = await desk.draft()
    told = await upload(desk, draft["id"], made.PNG, name="photo.png")
    path = f"/contributions/{draft['id']}/attachments/{told['id']}"
    assert (await desk.call("PATCH", path, json={"alt_text": "A boat"})).status_code == 428
    assert (await desk.call("PATCH", path, json={"alt_text": "A boat"}, headers={"If-Match": '"1"'})).status_code == 412
    patched = await desk.ok("PATCH", path, json={"alt_text": "A boat", "name": "boat.pdf"}, headers={"If-Match": '"2"'})
    assert (patched["alt_text"], patched["name"]) == ("A boat", "boat.pdf.png")
    patched = await desk.ok("PATCH", path, json={"alt_text": None}, headers={"If-Match": '"3"'})
    assert "alt_text" not in patched
    answer = await desk.call("DELETE", path, headers={"If-Match": '"4"'})
    assert answer.status_code == 204
    assert (await desk.call("GET", path)).status_code == 404


async def test_files_let_go_are_cleared_unless_a_version_holds_them(small: Desk) -> None:
    draft = await small.draft()
    path = f"/contributions/{draft['id']}"
    kept = await upload(small, draft["id"], made.PDF, name="kept.pdf")
    gone = await upload(small, draft["id"], made.PNG, name="gone.png")
    await small.ok("DELETE", f"{path}/attachments/{gone['id']}", headers={"If-Match": '"3"'})
    submitted = await small.ok("POST", f"{path}/submit")
    await small.open(submitted)
    await small.ask_changes(submitted, ("c1", "praise"))
    mine = await small.ok("GET", path)
    await small.ok("DELETE", f"{path}/attachments/{kept['id']}", headers={"If-Match": f'"{mine["revision"]}"'})
    # Bytes that a crash left: stored, and in no contribution.
    await small.records.files.take_in(lost := new_id(), draft["id"], small.clock.now)
    await small.records.files.storage.write(lost, io.BytesIO(made.PDF))
    small.clock.pass_(seconds=59)
    await small.timers.look()
    assert await files_stored(small) == 3
    small.clock.pass_(seconds=2)
    await small.timers.look()
    assert await files_stored(small) == 1
    assert (await small.call("GET", f"{path}/attachments/{kept['id']}")).content == made.PDF
    assert await small.records.store.db["loose_files"].count_documents({}) == 0
    assert await small.records.store.db["attachments.chunks"].count_documents({}) == 1


async def test_chunks_of_an_upload_that_broke_off_are_cleared(small: Desk) -> None:
    await small.records.files.take_in(lost := new_id(), new_id(), small.clock.now)
    await small.records.store.db["attachments.chunks"].insert_one({"files_id": lost, "n": 0, "data": b"half"})
    small.clock.pass_(seconds=61)
    await small.timers.look()
    assert await small.records.store.db["attachments.chunks"].count_documents({}) == 0


async def test_upload_with_a_key_happens_once(desk: Desk) -> None:
    draft = await desk.draft()
    path = f"/contributions/{draft['id']}/attachments"
    key = {"Idempotency-Key": "upload-1"}
    first = await desk.call("POST", path, params={"name": "a.pdf"}, content=made.PDF, headers=key)
    again = await desk.call("POST", path, params={"name": "a.pdf"}, content=made.PDF, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await desk.call("POST", path, params={"name": "a.pdf"}, content=made.PNG, headers=key)
    assert other.status_code == 422
    assert len(await desk.ok("GET", path)) == 1


@pytest.mark.parametrize("since", ["submitted", "full"])
async def test_upload_sent_again_gets_its_answer_though_another_would_be_refused(small: Desk, since: str) -> None:
    draft = await small.draft()
    path = f"/contributions/{draft['id']}/attachments"

    async def upload_once() -> Any:
        key = {"Idempotency-Key": "upload-1"}
        return await small.call("POST", path, params={"name": "a.txt"}, content=b"a" * 900, headers=key)

    first = await upload_once()
    if since == "submitted":
        await small.ok("POST", f"/contributions/{draft['id']}/submit")
    else:
        await upload(small, draft["id"], b"b" * 600, name="b.txt")
    assert (await small.call("POST", path, params={"name": "c.txt"}, content=b"c" * 90)).status_code in {409, 413}
    again = await upload_once()
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")


async def test_who_may_read_a_file(desk: Desk) -> None:
    draft = await desk.draft()
    told = await upload(desk, draft["id"], made.PDF)
    path = f"/contributions/{draft['id']}/attachments/{told['id']}"

    async def status(who: str, *roles: str) -> int:
        return (await desk.call("GET", path, who=who, roles=roles)).status_code

    assert await status("ana", "member") == 200
    assert await status("ben", "member") == 404
    assert await status("cora", "coordinator") == 404, "a draft is nobody else's"
    submitted = await desk.ok("POST", f"/contributions/{draft['id']}/submit")
    assert await status("cora", "coordinator") == 200
    assert await status("rita", "reviewer") == 404
    await desk.open(submitted)
    rita = desk.issuer.person_id("rita")
    case = {
        "case_id": f"{draft['id']}-1", "contribution_id": draft["id"], "version": 1, "round": 1, "kind": "practice",
        "title": {}, "reviewer_id": rita,
    }  # fmt: skip
    await desk.hear(ReviewClaimed(**case, lease_until=desk.clock.now, due_at=desk.clock.now))
    assert await status("rita", "reviewer") == 200
    assert await status("rolf", "reviewer") == 404
    await desk.hear(ReviewReleased(**case, reason="lease_expired"))
    assert await status("rita", "reviewer") == 404
    await desk.hear(ReviewClaimed(**case, lease_until=desk.clock.now, due_at=desk.clock.now))
    await desk.ask_changes(submitted)
    assert await status("rita", "reviewer") == 404, "the next round has to be claimed"


async def test_public_files_are_those_of_published_versions(desk: Desk) -> None:
    draft = await desk.draft()
    told = await upload(desk, draft["id"], made.PDF)
    public = f"/practices/{draft['id']}/attachments/{told['id']}"
    submitted = await desk.ok("POST", f"/contributions/{draft['id']}/submit")
    assert (await desk.call("GET", public, who=None)).status_code == 404
    await desk.open(submitted)
    await desk.approve(submitted)
    answer = await desk.call("GET", public, who=None, headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer.content) == (206, b"%PDF")
    assert answer.headers["cache-control"].startswith("public")
    practice = await desk.ok("GET", f"/practices/{draft['id']}", who=None)
    assert practice["attachments"][0]["sha256"] == told["sha256"]

    # The next version leaves the file out; the first one keeps it.
    revised = await desk.ok("POST", f"/contributions/{draft['id']}/revise")
    match = {"If-Match": f'"{revised["revision"]}"'}
    await desk.ok("DELETE", f"/contributions/{draft['id']}/attachments/{told['id']}", headers=match)
    again = await desk.ok("POST", f"/contributions/{draft['id']}/submit")
    await desk.open(again)
    await desk.approve(again)
    desk.clock.pass_(days=1)
    await desk.timers.look()
    assert (await desk.ok("GET", f"/practices/{draft['id']}", who=None))["attachments"] == []
    assert (await desk.call("GET", public, who=None)).status_code == 200
    order = {"reason_code": "rights", "reason": "Not theirs."}
    await desk.ok("POST", f"/practices/{draft['id']}/tombstone", who="cora", roles=("coordinator",), json=order)
    assert (await desk.call("GET", public, who=None)).status_code == 410


async def test_large_random_file_survives_unchanged(desk: Desk) -> None:
    draft = await desk.draft()
    content = b"%PDF-" + os.urandom(3_000_000)
    told = await upload(desk, draft["id"], content)
    answer = await desk.call("GET", f"/contributions/{draft['id']}/attachments/{told['id']}")
    assert hashlib.sha256(answer.content).hexdigest() == told["sha256"]
