"""An author hands a version in for review, for the first time or after changes were asked for."""

from __future__ import annotations

from collections.abc import Mapping

from services.submissions import saying
from services.submissions.domain.contribution import Contribution
from services.submissions.fitting import must_fit
from services.submissions.records import Records
from services.submissions.similar import similar_to
from shared.contribution.completeness import completeness
from shared.contribution.content import Content
from shared.contribution.fingerprint import fingerprint
from shared.contribution.merge import parse
from shared.http.etag import require_version
from shared.store.outbox import Transaction


async def submit(
    tx: Transaction,
    records: Records,
    contribution_id: str,
    *,
    person_id: str,
    organisation: str | None = None,
    seen: int | None = None,
) -> Contribution:
    """Submit a complete draft: freeze it as version.1 and tell the reviewers.

    Raises Invalid with every missing or wrong field (pointers into the content), Stale if ``seen`` is not current.
    """
    before = await _of(tx, records, contribution_id, person_id, organisation, seen)
    content = parse(before.content)
    after = before.submit(tx.now, by=person_id, wrong=completeness(content), fingerprint=fingerprint(content))
    return await _hand_in(tx, records, before, after, content, by=person_id, answers=None)


async def resubmit(
    tx: Transaction,
    records: Records,
    contribution_id: str,
    answers: Mapping[str, str] | None,
    *,
    person_id: str,
    organisation: str | None = None,
    seen: int | None = None,
) -> Contribution:
    """Submit the changed version for the next round, with an answer (comment id to text) to every open comment.

    Without ``answers`` those that were kept while they were typed are handed in.
    """
    before = await _of(tx, records, contribution_id, person_id, organisation, seen)
    if answers is None:
        answers = before.feedback.given_answers if before.feedback else {}
    content = parse(before.content)
    after = before.resubmit(
        tx.now,
        by=person_id,
        answers=answers,
        wrong=completeness(content),
        fingerprint=fingerprint(content),
    )
    return await _hand_in(tx, records, before, after, content, by=person_id, answers=answers)


async def _of(
    tx: Transaction,
    records: Records,
    contribution_id: str,
    person_id: str,
    organisation: str | None,
    seen: int | None,
) -> Contribution:
    contribution = await records.contributions.of(person_id, contribution_id, tx.session)
    if seen is not None:
        require_version(seen, contribution.revision)
    return contribution.with_organisation(organisation)


async def _hand_in(
    tx: Transaction,
    records: Records,
    before: Contribution,
    after: Contribution,
    content: Content,
    *,
    by: str,
    answers: Mapping[str, str] | None,
) -> Contribution:
    similar = await similar_to(records, after.id, after.fingerprint, person_id=by)
    event = saying.submitted(after, content, by=by, similar=similar, answers=answers)
    must_fit(event)
    await records.contributions.add_snapshot(tx, after, by=by, answers=answers or {})
    return await records.contributions.put(tx, before, after, [event])
