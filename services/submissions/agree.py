"""A coordinator records that a published joint action was agreed, or takes a mistaken record of it back."""

from __future__ import annotations

from services.submissions import saying
from services.submissions.domain.agreement import Agreement
from services.submissions.domain.contribution import Contribution
from services.submissions.fitting import fitted, must_fit
from services.submissions.records import Records
from shared.errors import NotFound
from shared.events.base import EventData
from shared.events.practices import JointActionAgreed, JointActionAgreementRetracted, PublicPractice
from shared.store.outbox import Transaction


async def agree(tx: Transaction, records: Records, practice_id: str, agreement: Agreement) -> PublicPractice:
    """Show on its page that it was agreed, and say so.

    Raises NotFound for what was never public, Gone for what was taken down, WrongState for what is no joint action or
    was agreed already, Invalid for more words than the bus can carry.
    """
    before, practice = await _found(tx, records, practice_id)
    after = before.agree(tx.now, agreement, kind=practice.kind)
    practice = fitted(practice.model_copy(update={"agreement": saying.public_agreement(agreement)}))
    must_fit(JointActionAgreed(practice=practice))
    told = saying.agreed(after, practice, agreement)
    return await _keep(tx, records, before, after, practice, told, JointActionAgreed(practice=practice))


async def retract(tx: Transaction, records: Records, practice_id: str) -> PublicPractice:
    """Take the record back, as if it had not been agreed; what was said of it stays in its history.

    Raises NotFound for what was never public, Gone for what was taken down, WrongState where there is none.
    """
    before, practice = await _found(tx, records, practice_id)
    after = before.retract_agreement(tx.now, kind=practice.kind)
    practice = practice.model_copy(update={"agreement": None})
    told = saying.agreement_retracted(after, practice)
    return await _keep(tx, records, before, after, practice, told, JointActionAgreementRetracted(practice=practice))


async def _found(tx: Transaction, records: Records, practice_id: str) -> tuple[Contribution, PublicPractice]:
    practice, _ = await records.practices.current(practice_id, tx.session)
    contribution = await records.contributions.find(practice_id, tx.session)
    if contribution is None:
        raise NotFound("There is no such practice.")
    return contribution, practice


async def _keep(
    tx: Transaction,
    records: Records,
    before: Contribution,
    after: Contribution,
    practice: PublicPractice,
    told: EventData,
    event: EventData,
) -> PublicPractice:
    counted = await records.contributions.put(tx, before, after, [told], [event])
    await records.practices.change(tx, practice, revision=counted.practice_said)
    return practice
