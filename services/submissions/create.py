"""A member begins a contribution."""

from __future__ import annotations

from services.submissions import saying
from services.submissions.domain.contribution import Contribution
from services.submissions.domain.state import Origin
from services.submissions.records import Records
from shared.contribution.content import Content
from shared.ids import new_id
from shared.store.outbox import Transaction


async def create(
    tx: Transaction,
    records: Records,
    content: Content,
    *,
    person_id: str,
    organisation: str | None = None,
    origin: Origin | None = None,
) -> Contribution:
    """Keep a new draft and say that it was begun: two documents, no more."""
    draft = Contribution(
        id=new_id(),
        owner_id=person_id,
        author_ids=authors_of(person_id, content),
        organisations=(organisation,) if organisation else (),
        content=content.as_json(),
        origin=origin,
        created_at=tx.now,
        updated_at=tx.now,
    )
    return await records.contributions.add(tx, draft, saying.drafted(draft))


def authors_of(owner_id: str, content: Content) -> tuple[str, ...]:
    """Return whose it is: the owner, and every author named with an account."""
    named = (author.person_id for author in content.authors)
    return tuple(dict.fromkeys((owner_id, *(person_id for person_id in named if person_id))))
