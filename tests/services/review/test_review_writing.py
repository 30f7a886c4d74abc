"""Reviews as they are written: saved piece by piece, never lost, never overwritten."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.bodies import ReviewPatch
from services.review.write_review import merged, merging
from tests.services.review.desk import FULL_REVIEW, Desk


async def test_a_review_is_saved_piece_by_piece(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.claim(case_id, "rita")
    path = f"/cases/{case_id}/review"
    pieces: list[dict[str, Any]] = [
        {"gates": {"relevant": True}},
        {"gates": {"ethical": False, "relevant": None}},
        {"scores": {"partnership": {"score": 4}}},
        {"scores": {"partnership": {"reason": "All of them."}, "participation": {"score": 1}}},
        {"scores": {"participation": None}, "text_to_author": "Thank you."},
        {"comments": [{"pointer": "/themes/0", "severity": "praise", "text": "Right."}]},
        {"recommendation": "reject", "confidential": "Hm."},
        {"recommendation": None},
    ]
    for version, piece in enumerate(pieces):
        answer = await desk.call("PATCH", path, "rita", json=piece, headers={"If-Match": f'"{version}"'})
        assert answer.status_code == 200, answer.text
        assert answer.headers["ETag"] == f'"{version + 1}"'
    kept = await desk.ok("GET", path, "rita")
    assert kept["gates"] == {"ethical": False}
    assert kept["scores"] == {"partnership": {"score": 4, "reason": "All of them."}}
    (comment,) = kept["comments"]
    assert comment.pop("id")
    assert comment == {"pointer": "/themes/0", "severity": "praise", "text": "Right."}
    assert (kept["recommendation"], kept["confidential"]) == (None, "Hm.")


async def test_a_change_must_know_what_it_changes(desk: Desk) -> None:
    case_id = await desk.opened()
    path = f"/cases/{case_id}/review"
    await desk.refused(409, "PATCH", path, "rita", json={}, headers={"If-Match": '"1"'})
    await desk.claim(case_id, "rita")
    await desk.refused(428, "PATCH", path, "rita", json={})
    await desk.ok("PATCH", path, "rita", json={"confidential": "a"}, headers={"If-Match": '"0"'})
    problem = await desk.refused(412, "PATCH", path, "rita", json={"confidential": "b"}, headers={"If-Match": '"0"'})
    assert problem["version"] == 1
    assert (await desk.ok("GET", path, "rita"))["confidential"] == "a"


async def test_a_complete_review_stays_as_it_is(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.reviewed(case_id, "rita")
    path = f"/cases/{case_id}/review"
    done = await desk.call("GET", path, "rita")
    assert all(comment["id"] for comment in done.json()["comments"])
    problem = await desk.refused(
        409,
        "PATCH",
        path,
        "rita",
        json={"confidential": "more"},
        headers={"If-Match": done.headers["ETag"]},
    )
    assert problem["type"].endswith("/review-completed")
    await desk.refused(409, "POST", f"{path}/complete", "rita")
    await desk.refused(409, "POST", f"/cases/{case_id}/claim", "rita")


async def test_what_a_review_lacks_is_listed_with_its_places(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.claim(case_id, "rita")
    await desk.write(case_id, "rita", gates={"relevant": True}, scores={"partnership": {"score": 2}})
    problem = await desk.refused(422, "POST", f"/cases/{case_id}/review/complete", "rita")
    pointers = {error["pointer"] for error in problem["errors"]}
    assert {"/gates/ethical", "/scores/partnership/reason", "/scores/sustainability/score"} <= pointers
    assert "/gates/relevant" not in pointers


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"gates": {"funny": True}}, "/gates/funny"),
        ({"gates": {"relevant": "yes"}}, "/gates/relevant"),
        ({"scores": {"partnership": {"score": 5}}}, "/scores/partnership/score"),
        ({"scores": {"partnership": {"score": True}}}, "/scores/partnership/score"),
        ({"scores": {"partnership": {"reason": "x" * 301}}}, "/scores/partnership/reason"),
        ({"comments": [{"pointer": "results", "severity": "must", "text": "x"}]}, "/comments/0/pointer"),
        ({"comments": [{"pointer": "/nowhere", "severity": "must", "text": "x"}]}, "/comments/0/pointer"),
        ({"comments": [{"pointer": "/a~2b", "severity": "must", "text": "x"}]}, "/comments/0/pointer"),
        ({"comments": [{"pointer": "", "severity": "maybe", "text": "x"}]}, "/comments/0/severity"),
        ({"text_to_author": "a\u202eb"}, "/text_to_author"),
        ({"recommendation": "perhaps"}, "/recommendation"),
        ({"reviewer_id": "somebody"}, "/reviewer_id"),
    ],
)
async def test_wrong_fields_are_named(desk: Desk, patch: dict[str, Any], pointer: str) -> None:
    problem = await desk.refused(422, "PATCH", "/cases/none/review", "rita", json=patch, headers={"If-Match": '"1"'})
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def _merged(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2, word for word."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result


def _applied(document: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """What MongoDB makes of the update."""
    result = deepcopy(document)
    for path, value in change.get("$set", {}).items():
        *steps, last = path.split(".")
        place = result
        for step in steps:
            place = place.setdefault(step, {})
        place[last] = value
    for path in change.get("$unset", {}):
        *steps, last = path.split(".")
        place = result
        for step in steps:
            place = place.get(step, {})
        place.pop(last, None)
    return result


optional_booleans = st.sampled_from([None, True, False])
scores = st.fixed_dictionaries(
    {}, optional={"score": st.sampled_from([None, 0, 4]), "reason": st.sampled_from([None, "", "So."])}
)
patches = st.fixed_dictionaries(
    {},
    optional={
        "gates": st.none()
        | st.fixed_dictionaries({}, optional={"relevant": optional_booleans, "ethical": optional_booleans}),
        "scores": st.none() | st.fixed_dictionaries({}, optional={"partnership": st.none() | scores}),
        "text_to_author": st.sampled_from([None, "", "Words"]),
        "recommendation": st.sampled_from([None, "approve"]),
        "comments": st.none() | st.just([{"pointer": "", "severity": "must", "text": "x"}]),
    },
)


@given(st.lists(patches, min_size=1, max_size=4))
def test_saving_is_a_merge_patch(given_patches: list[dict[str, Any]]) -> None:
    empty: dict[str, Any] = {
        "gates": {},
        "scores": {},
        "comments": [],
        "text_to_author": "",
        "recommendation": None,
    }
    first, *rest = (ReviewPatch.model_validate(patch).changes() for patch in given_patches)
    ours = merged(empty, first)
    for patch in rest:
        ours = _applied(ours, merging(patch))
    theirs = empty
    for patch in given_patches:
        theirs = {**empty, **_merged(theirs, patch)}
    del ours["version"]
    for document in (ours, theirs):
        # A score without number and reason is as good as none.
        document["scores"] = {name: score for name, score in document["scores"].items() if score}
    assert ours == theirs


def test_the_full_review_of_these_tests_is_valid() -> None:
    assert ReviewPatch.model_validate(FULL_REVIEW).changes()["recommendation"] == "approve"
