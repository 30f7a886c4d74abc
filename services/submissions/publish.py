"""An approved edition becomes public: at once, or at the time that the decision set."""

from __future__ import annotations

from services.submissions import saying
from services.submissions.domain.contribution import Contribution
from services.submissions.domain.publication import review_by
from services.submissions.fitting import fitted
from services.submissions.reading.reader import MOST_CHARACTERS
from services.submissions.records import Records
from shared.contribution.merge import parse
from shared.errors import Permanent
from shared.events.found_under import is_lead
from shared.events.practices import PracticePublished, PracticeRevised, PublicPractice
from shared.events.publications import PublicationsSubmitted, SubmittedPublication
from shared.ids import new_id
from shared.store.outbox import Transaction


async def publish(
    tx: Transaction, records: Records, before: Contribution, approved: Contribution
) -> Contribution | None:
    """Publish the approved version exactly as reviewers saw it: nothing submitted can be edited before a decision.

    ``before`` is what is stored, ``approved`` what it is after the decision; they are the same for a timer. Returns
    None when there is nothing to publish now. Licence and consent are guarded here once more.
    """
    until = review_by(tx.now.date(), records.settings.review_after_months)
    after = approved.publish(tx.now, review_by=until)
    if after is None or after.publication is None:
        return None
    content = parse(after.content)
    declared = content.declarations
    if not content.licence or declared is None or not (declared.rights and declared.consent):
        raise Permanent(f"version {after.version} of {after.id} lacks its licence or a declaration")
    practice = saying.public_practice(
        after,
        after.publication,
        content,
        str(records.settings.public_url),
        attached_text=await _attached_text(tx, records, after),
    )
    practice = fitted(practice)
    event = await _event(tx, records, practice) if before.publication else PracticePublished(practice=practice)
    told = saying.published(after, str(records.settings.public_url))
    counted = await records.contributions.put(tx, before, after, [told], [event])
    _say_whose(tx, practice, after.organisations)
    records.practices.add_edition(tx, practice)
    await records.practices.put(tx, practice, revision=counted.practice_said, fingerprint=after.fingerprint)
    return counted


async def _event(tx: Transaction, records: Records, practice: PublicPractice) -> PracticeRevised:
    replaced, _ = await records.practices.current(practice.id, tx.session)
    return PracticeRevised(practice=practice, before=replaced.found_under())


async def _attached_text(tx: Transaction, records: Records, contribution: Contribution) -> str:
    """Return what its files say, an equal share of each, so that a long one leaves room for the others."""
    file_ids = [attachment.id for attachment in contribution.attachments]
    texts = await records.files.texts(file_ids, tx.session) if file_ids else []
    return "\n".join(text[: MOST_CHARACTERS // len(texts)] for text in texts)


async def publish_due(tx: Transaction, records: Records, contribution_id: str) -> None:
    """Publish one scheduled contribution if its time has come."""
    approved = await records.contributions.find(contribution_id, tx.session)
    if approved is not None:
        await publish(tx, records, approved, approved)


def _say_whose(tx: Transaction, practice: PublicPractice, organisations: tuple[str, ...]) -> None:
    """Tell whose it is where its text does not: an account may name its organisation otherwise than the text does."""
    others = tuple(one for one in organisations if not is_lead(one, practice.content))
    if others:
        whose = SubmittedPublication(practice_id=practice.id, version=practice.version, organisations=others)
        tx.say(PublicationsSubmitted(publications=(whose,)), aggregate=f"receipt:{new_id()}", version=1)
