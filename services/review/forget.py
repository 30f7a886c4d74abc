"""What only review knows of forgetting a person: the trail of a case is sealed, and has to be so afterwards.

A trail that names the person is written anew with the pseudonym and sealed again, with its case, in one transaction.
One that was broken before stays broken: erasing a person hides no tampering.
"""

from __future__ import annotations

from services.review.documents import step_document
from services.review.domain.trail import Head, first_broken, next_step
from services.review.store import Records
from shared.privacy.person import Person
from shared.store.client import Store
from shared.store.outbox import Transaction


async def reseal_trails(store: Store, person: Person) -> None:
    """Take the person out of every trail that is whole."""
    for case_id in await Records(store.db).cases_with_trail_of(person.person_id):

        async def act(tx: Transaction, case_id: str = case_id) -> None:
            await _reseal(Records.of(tx), case_id, person)

        await store.transact(act)


async def _reseal(records: Records, case_id: str, person: Person) -> None:
    filed = await records.filed(case_id)
    steps = await records.trail(case_id)
    if filed is None or first_broken(steps, filed.head, case_id=case_id) is not None:
        return
    head = Head()
    documents = []
    for step in steps:
        after = next_step(
            head,
            case_id=case_id,
            at=step.at,
            act=step.act,
            actor=person.without(step.actor),
            facts=person.without(step.facts),
        )
        documents.append(step_document(after))
        head = Head(number=after.number, seal=after.seal)
    await records.rewrite_trail(case_id, documents, head)
