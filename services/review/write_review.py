"""Save a review as it is typed: each change goes straight to its place, in one write."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from services.review.documents import Document, blank_review, review_of
from services.review.domain.case import Case
from services.review.domain.conflict import Person
from services.review.domain.errors import NotSeated, ReviewDone
from services.review.domain.review import Review
from services.review.domain.seating import require_seat
from services.review.domain.sight import no_such_case, require_reviewer_sight
from services.review.store import Records
from shared.clock import Clock
from shared.errors import NotFound
from shared.http.etag import require_version

COMMENT_ID_BYTES = 10

_EMPTY: Mapping[str, Any] = {
    "gates": {},
    "scores": {},
    "comments": [],
    "text_to_author": "",
    "confidential": "",
    "recommendation": None,
}


async def write_review(
    records: Records,
    case_id: str,
    who: Person,
    patch: Mapping[str, Any],
    *,
    version: int,
    clock: Clock,
) -> Review:
    """Merge the patch (RFC 7396, checked before) into the caller's review and return it.

    Needs no transaction: the write carries the version it changes and misses a review that was finished meanwhile.
    The conflicts of interest of the present sign-in are looked at here; all that are remembered were looked at when
    the case was claimed, and will be when the review is completed.
    NotFound when the case is hidden, Conflict without a running claim, Stale when another change came first.
    """
    case = await _visible_case(records, case_id, who)
    require_seat(case, who.person_id, now=clock())
    patch = _with_comment_ids(patch)
    if version == 0:
        document = merged(blank_review(case, who.person_id), patch)
        if await records.add_review(document):
            return review_of(document)
    elif changed := await records.change_review(case, who.person_id, merging(patch), version=version):
        return review_of(changed)
    present = await records.review_document(case, who.person_id) or blank_review(case, who.person_id)
    if present["completed_at"] is not None:
        raise ReviewDone
    require_version(version, present["version"])
    raise NotSeated("The review changed just now; load it again.")


async def read_review(records: Records, case_id: str, who: Person) -> Review:
    """Return the caller's own review of the present round, blank before its first word.

    NotFound when they have never taken a place in this round, or may not see the case.
    """
    case = await _visible_case(records, case_id, who)
    document = await records.review_document(case, who.person_id)
    if document is None:
        if not case.seat_of(who.person_id):
            raise NotFound("You have no review here; claim the case first.")
        document = blank_review(case, who.person_id)
    return review_of(document)


async def _visible_case(records: Records, case_id: str, who: Person) -> Case:
    filed = await records.filed(case_id)
    if filed is None:
        raise no_such_case()
    require_reviewer_sight(filed.case, who)
    return filed.case


def _with_comment_ids(patch: Mapping[str, Any]) -> dict[str, Any]:
    """Random through and through: an id made from the time would tell whose comments belong together."""
    given = dict(patch)
    if given.get("comments"):
        given["comments"] = [
            {**comment, "id": secrets.token_urlsafe(COMMENT_ID_BYTES)} for comment in given["comments"]
        ]
    return given


def merged(document: Document, patch: Mapping[str, Any]) -> Document:
    """Return a blank review with the patch merged in: null empties, objects merge, lists replace."""
    result = {**document, "version": 1}
    for name, value in patch.items():
        if value is None:
            result[name] = _EMPTY[name]
        elif name == "gates":
            result[name] = _without_null(value)
        elif name == "scores":
            result[name] = {criterion: _without_null(given) for criterion, given in value.items() if given}
        else:
            result[name] = value
    return result


def _without_null(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def merging(patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the update that merges ``patch`` into a review that is kept already."""
    setting: dict[str, Any] = {}
    unsetting: dict[str, str] = {}
    for name, value in patch.items():
        if value is None:
            setting[name] = _EMPTY[name]
        elif name in ("gates", "scores"):
            for inner, given in value.items():
                _merge_inner(f"{name}.{inner}", given, setting, unsetting)
        else:
            setting[name] = value
    change: dict[str, Any] = {"$inc": {"version": 1}}
    if setting:
        change["$set"] = setting
    if unsetting:
        change["$unset"] = unsetting
    return change


def _merge_inner(path: str, given: Any, setting: dict[str, Any], unsetting: dict[str, str]) -> None:
    if given is None:
        unsetting[path] = ""
    elif isinstance(given, Mapping):
        for name, value in given.items():
            if value is None:
                unsetting[f"{path}.{name}"] = ""
            else:
                setting[f"{path}.{name}"] = value
    else:
        setting[path] = given
