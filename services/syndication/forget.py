"""What only syndication knows of forgetting a person: who reads feeds or harvests has their name, and asks for nothing
but what changed since. A practice that names the person has changed, once it does so no longer.
"""

from __future__ import annotations

from services.syndication.store.practices import PRACTICES, Practices
from shared.privacy.erase import documents_with
from shared.privacy.person import Person
from shared.store.client import Store
from shared.store.outbox import Transaction


async def change_practices(store: Store, person: Person) -> None:
    """Take the person out of every practice, as a change of now."""
    named = [row["_id"] async for row in documents_with(store.db, PRACTICES, person)]
    for practice_id in named:

        async def act(tx: Transaction, practice_id: str = practice_id) -> None:
            await Practices(tx.db).forget(tx, practice_id, person)

        await store.transact(act)
