"""What everybody may see of a practice's versions, and of what changed between them."""

from __future__ import annotations

from typing import Any

import pytest

from services.submissions.domain.heading import Heading, heading
from tests.services.submissions.desk import Desk

SECOND = {"fr": {"text": "Par le rail et la mer"}, "en": {"text": "By rail and sea, second edition"}}


async def revised(desk: Desk, contribution_id: str, **content: Any) -> dict[str, Any]:
    path = f"/contributions/{contribution_id}"
    draft = await desk.ok("POST", f"{path}/revise")
    await desk.ok("PATCH", path, json={"content": content}, headers={"If-Match": f'"{draft["revision"]}"'})
    submitted = await desk.ok("POST", f"{path}/submit")
    await desk.open(submitted)
    await desk.approve(submitted)
    return await desk.ok("GET", path)


async def test_versions_are_listed_with_what_changed(desk: Desk) -> None:
    case = await desk.published()
    desk.clock.pass_(days=10)
    await revised(desk, case["id"], title=SECOND, reach="national")
    path = f"/practices/{case['id']}/versions"
    answer = await desk.call("GET", path, who=None, params={"lang": "fr-BE"})
    assert answer.headers["cache-control"].startswith("public")
    second, first = answer.json()["items"]
    assert (second["version"], first["version"]) == (2, 1)
    assert second["published_at"] > first["published_at"]
    assert second["heading"] == {"lang": "fr", "text": "Par le rail et la mer"}
    assert first["heading"] == {"lang": "en", "text": case["content"]["title"]["en"]["text"]}
    assert second["languages"] == ["en", "fr"]
    assert [one["pointer"] for one in second["changed"]] == ["/title", "/reach"]
    assert second["changed"][0]["label"] == "Titre"
    assert first["changed"] == []


async def test_versions_are_paged(desk: Desk) -> None:
    case = await desk.published()
    await revised(desk, case["id"], reach="national")
    path = f"/practices/{case['id']}/versions"
    page = await desk.ok("GET", path, who=None, params={"limit": 1})
    assert [(one["version"], len(one["changed"])) for one in page["items"]] == [(2, 1)]
    page = await desk.ok("GET", path, who=None, params={"limit": 1, "before": page["next"]})
    assert [one["version"] for one in page["items"]] == [1]
    assert "next" not in page
    assert (await desk.call("GET", path, who=None, params={"limit": 21})).status_code == 422


async def test_the_words_that_changed_between_published_versions(desk: Desk) -> None:
    contact = {"name": "Ana", "email": "ana@example.org", "visibility": "members"}
    case = await desk.published(contact=contact)
    moved = contact | {"email": "other@example.org"}
    await revised(desk, case["id"], title=SECOND, contact=moved)
    path = f"/practices/{case['id']}/versions"
    answer = await desk.call("GET", f"{path}/2/diff", who=None, params={"lang": "de"})
    told = answer.json()
    assert (told["earlier"], told["later"]) == ("1", "2")
    changes = {change["pointer"]: change for change in told["changes"]}
    assert set(changes) == {"/title/en/text", "/title/fr/text"}, "and nothing of what is not public"
    change = changes["/title/en/text"]
    assert change["label"] == "Titel (Englisch)"
    assert "".join(text for what, text in change["words"] if what != "insert") == change["before"]
    assert "".join(text for what, text in change["words"] if what != "delete") == change["after"]
    match = {"If-None-Match": answer.headers["etag"]}
    assert (await desk.call("GET", f"{path}/2/diff?lang=de", who=None, headers=match)).status_code == 304
    assert (await desk.call("GET", f"{path}/2/diff?lang=fr", who=None, headers=match)).status_code == 200
    assert (await desk.ok("GET", f"{path}/2/diff?from=2", who=None))["changes"] == []
    for missing in ("1/diff", "3/diff", "2/diff?from=7"):
        assert (await desk.call("GET", f"{path}/{missing}", who=None)).status_code == 404


async def test_versions_of_what_was_taken_down_are_gone(desk: Desk) -> None:
    case = await desk.published()
    await revised(desk, case["id"], reach="national")
    order = {"reason_code": "rights", "reason": "Not theirs."}
    path = f"/practices/{case['id']}"
    await desk.ok("POST", f"{path}/tombstone", who="cora", roles=("coordinator",), json=order)
    for part in ("", "/2/diff"):
        gone = await desk.call("GET", f"{path}/versions{part}", who=None)
        assert gone.status_code == 410
        assert gone.json()["reason_code"] == "rights"
    assert (await desk.call("GET", "/practices/nothing/versions", who=None)).status_code == 404


@pytest.mark.parametrize(
    ("titles", "language", "source", "chosen"),
    [
        ({"en": "A", "fr": "B"}, "fr", "en", "fr"),
        ({"en": "A", "fr": "B"}, "fr-CA", "en", "fr"),
        ({"en": "A", "pt-BR": "B"}, "pt", "en", "pt-BR"),
        ({"en": "A", "el": "B"}, "de", "el", "el"),
        ({"en": "A", "el": "B"}, "de", None, "en"),
        ({"el": "B"}, "de", "fr", "el"),
        ({}, "de", "fr", ""),
    ],
)
def test_the_title_comes_in_the_nearest_language(
    titles: dict[str, str], language: str, source: str | None, chosen: str
) -> None:
    assert heading(titles, language, source) == Heading(lang=chosen, text=titles.get(chosen, ""))
