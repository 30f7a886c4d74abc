"""Save a review as it is typed: each change goes straight to its place, in one write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.review.documents import review_of
from services.review.domain.case import Case
from services.review.domain.errors import NotSeated, ReviewDone
from services.review.domain.policy import Policy
from services.review.domain.review import Review
from services.review.domain.seating import require_seat
from services.review.domain.sight import no_such_case, require_reviewer_sight
from services.review.people import known
from services.review.store import Records
from shared.errors import NotFound
from shared.http.access import Principal
from shared.http.etag import require_version

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
    who: Principal,
    patch: Mapping[str, Any],
    *,
    version: int,
    policy: Policy,
    now: datetime,
) -> Review:
    """Merge the patch (RFC 7396, checked before) into the caller's review and return it.

    Needs no transaction: the write carries the version it changes and misses a review that was finished meanwhile.
    NotFound when the case is hidden, Conflict without a running claim, Stale when another change came first.
    """
    case = await _visible_case(records, case_id, who, policy=policy, now=now)
    require_seat(case, who.person_id, now=now)
    change = merging(patch, now=now)
    changed = await records.change_review(case, who.person_id, version=version, change=change)
    if changed is not None:
        return review_of(changed)
    present = await records.review_document(case, who.person_id)
    if present is None:
        raise NotSeated
    if present["completed_at"] is not None:
        raise ReviewDone
    require_version(version, present["version"])
    raise NotSeated("The review changed just now; load it again.")


async def read_review(records: Records, case_id: str, who: Principal, *, policy: Policy, now: datetime) -> Review:
    """Return the caller's own review of the present round; NotFound when they have none or may not see it."""
    case = await _visible_case(records, case_id, who, policy=policy, now=now)
    document = await records.review_document(case, who.person_id)
    if document is None:
        raise NotFound("You have no review here; claim the case first.")
    return review_of(document)


async def _visible_case(records: Records, case_id: str, who: Principal, *, policy: Policy, now: datetime) -> Case:
    filed = await records.filed(case_id)
    if filed is None:
        raise no_such_case()
    _, person = await known(records, who, policy=policy, now=now)
    require_reviewer_sight(filed.case, person)
    return filed.case


def merging(patch: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return the update that merges ``patch`` into a review document: null empties, objects merge, lists replace."""
    setting: dict[str, Any] = {"updated_at": now}
    unsetting: dict[str, str] = {}
    for name, value in patch.items():
        if value is None:
            setting[name] = _EMPTY[name]
        elif name in ("gates", "scores"):
            for inner, given in value.items():
                _merge_inner(f"{name}.{inner}", given, setting, unsetting)
        else:
            setting[name] = value
    change: dict[str, Any] = {"$set": setting, "$inc": {"version": 1}}
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
