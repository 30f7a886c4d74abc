"""An author changes the working version, as often as they type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.submissions.domain.contribution import Contribution
from services.submissions.records import Records
from shared.contribution.merge import merged, parse
from shared.http.etag import require_version
from shared.store.outbox import Transaction


async def edit(
    tx: Transaction,
    records: Records,
    contribution_id: str,
    merge_patch: Any,
    *,
    answers: Mapping[str, str] | None = None,
    person_id: str,
    organisation: str | None = None,
    seen: int,
) -> Contribution:
    """Merge the patch (RFC 7396) into the content of revision ``seen``; nothing is said, nothing else is written.

    ``organisation`` is the one that the author acts for. ``answers`` (comment id to text, empty to take one out) are
    kept for the next round while changes are asked for.
    Raises Stale when another change came first, Invalid with pointers into ``/content`` and ``/answers``.
    """
    before = await records.contributions.of(person_id, contribution_id, tx.session)
    require_version(seen, before.revision)
    content = parse(merged(before.content, merge_patch), prefix="/content")
    answered = before.with_answers(answers) if answers else before
    after = answered.edit(tx.now, content=content.as_json()).with_organisation(organisation)
    return await records.contributions.put(tx, before, after)
