"""A member begins a contribution."""

from __future__ import annotations

from services.submissions import saying
from services.submissions.domain.contribution import Contribution, authors_of
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
    written = content.as_json()
    draft = Contribution(
        id=new_id(),
        owner_id=person_id,
        author_ids=authors_of(person_id, written),
        organisations=(organisation,) if organisation else (),
        content=written,
        origin=origin,
        created_at=tx.now,
        updated_at=tx.now,
    )
    return await records.contributions.add(tx, draft, saying.drafted(draft))
