"""A reviewer's own terms, and the list of reviewers that coordinators assign from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from services.review.candidates import candidates
from services.review.domain.case import Case
from services.review.domain.policy import Policy
from services.review.domain.reviewer import Reviewer
from services.review.domain.sight import no_such_case, require_impartial
from services.review.people import known, remembered
from services.review.shapes import ReviewerItem, ReviewerPage
from services.review.store import Records
from services.review.views import reviewer_view
from shared.http.access import Principal
from shared.http.etag import require_version
from shared.http.paging import decode_cursor, encode_cursor
from shared.store.outbox import Transaction

_EMPTY: Mapping[str, Any] = {
    "affiliations": (),
    "sectors": (),
    "themes": (),
    "languages": (),
    "load_cap": None,
    "paused_until": None,
}


async def own_profile(records: Records, who: Principal, *, policy: Policy, now: datetime) -> Reviewer:
    reviewer, _ = await remembered(records, who, policy=policy, now=now)
    return reviewer


async def change_profile(
    tx: Transaction, who: Principal, patch: Mapping[str, Any], *, version: int, policy: Policy
) -> Reviewer:
    """Merge the patch (RFC 7396, checked before) into the caller's terms; Stale when another change came first."""
    records = Records.of(tx)
    reviewer, _ = await remembered(records, who, policy=policy, now=tx.now)
    require_version(version, reviewer.version)
    given = {name: _EMPTY[name] if value is None else value for name, value in patch.items()}
    changed = replace(reviewer, version=reviewer.version + 1, **given)
    await records.keep_terms(changed)
    return changed


async def reviewers(
    records: Records,
    who: Principal,
    *,
    case_id: str | None,
    cursor: str | None,
    limit: int,
    policy: Policy,
    now: datetime,
) -> ReviewerPage:
    """Return who reviews, with load and pause, by id; for a case also how each fits it, the best first."""
    if case_id:
        case = await _case(records, case_id, who, policy=policy, now=now)
        return await candidates(records, case, cursor=cursor, limit=limit, policy=policy, now=now)
    after = decode_cursor(cursor, str)[0] if cursor else None
    found = await records.reviewers(after=after, limit=limit + 1)
    items = [cast("ReviewerItem", reviewer_view(one, policy=policy)) for one in found[:limit]]
    more = len(found) > limit
    return {"items": items, "next": encode_cursor(items[-1]["person_id"]) if more else None}


async def _case(records: Records, case_id: str, who: Principal, *, policy: Policy, now: datetime) -> Case:
    filed = await records.filed(case_id)
    if filed is None:
        raise no_such_case()
    _, coordinator = await known(records, who, policy=policy, now=now)
    require_impartial(filed.case, coordinator)
    return filed.case
