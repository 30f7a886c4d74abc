"""What is published can be sent, however much a practice, its files and an agreement say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.submissions.fitting import EVENT_BYTES, fitted, must_fit
from services.submissions.reading.reader import MOST_CHARACTERS
from shared.clock import utc_now
from shared.errors import Invalid
from shared.events.practices import Attachment, PracticePublished, PublicPractice
from tests.contents import complete_content
from tests.services.submissions.desk import Desk

SHORT = "A file says this."


def _practice(text: str, *, content_bytes: int) -> PublicPractice:
    file = Attachment(
        id="f" * 36, name="a" * 120, media_type="text/plain", bytes=1, sha256="0" * 64, alt_text="ω" * 500
    )
    return PublicPractice(
        id="p1",
        version=1,
        kind="practice",
        content={"results": "x" * content_bytes},
        languages=("ka",),
        attachments=(file,) * 50,
        attached_text=text,
        published_at=utc_now(),
        first_published_at=utc_now(),
        review_by=date(2028, 1, 1),
        address="https://practices.example/p1",
    )


@pytest.mark.parametrize("letter", ["a", "ა", "😀", '"', "\\"])
def test_what_files_say_is_as_long_as_there_is_room_for(letter: str) -> None:
    practice = fitted(_practice(letter * MOST_CHARACTERS, content_bytes=720_000))
    must_fit(PracticePublished(practice=practice))
    assert len(practice.attached_text) > 1_000
    assert set(practice.attached_text) == {letter}
    assert fitted(practice) == practice


def test_what_fits_stays_whole_and_what_says_too_much_itself_goes_without() -> None:
    assert fitted(_practice(SHORT, content_bytes=10)).attached_text == SHORT
    too_large = fitted(_practice(SHORT, content_bytes=EVENT_BYTES))
    assert too_large.attached_text == ""
    with pytest.raises(Invalid):
        must_fit(PracticePublished(practice=too_large))


async def test_a_practice_is_published_with_as_much_as_can_be_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.submissions.fitting.EVENT_BYTES", 30_000)
    draft = await desk.draft(**complete_content("joint_action"))
    path = f"/contributions/{draft['id']}/attachments"
    answer = await desk.call("POST", path, params={"name": "a.txt"}, content=b"a" * MOST_CHARACTERS)
    assert answer.status_code == 201, answer.text
    case = await desk.ok("POST", f"/contributions/{draft['id']}/submit")
    await desk.open(case)
    await desk.approve(case)
    body = {"agreed_on": "2026-03-30", "parties": ["Varia Evening School"], "text": {"en": "a" * 2_000}}
    cora: dict[str, Any] = {"who": "cora", "roles": ("coordinator",), "json": body}
    await desk.ok("POST", f"/practices/{draft['id']}/agreement", **cora)
    rows = await desk.records.store.db["outbox"].find({"aggregate": f"practice:{draft['id']}"}).to_list(None)
    assert [29_000 < len(row["body"]) < 31_000 for row in rows] == [True, True]
    too_much = body | {"text": dict.fromkeys(("bg", "cs", "da", "de", "el", "es", "et", "fi", "fr"), "ა" * 2_000)}
    await desk.ok("DELETE", f"/practices/{draft['id']}/agreement", **{name: cora[name] for name in ("who", "roles")})
    answer = await desk.call("POST", f"/practices/{draft['id']}/agreement", **cora | {"json": too_much})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "too-large")
