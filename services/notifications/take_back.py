"""Taking back reminders whose reason went away, whether they wait, are queued or stand in the next digest."""

from collections.abc import Iterable
from datetime import datetime

from services.notifications.domain.kinds import Kind
from services.notifications.store import Records
from services.notifications.store.documents import Session


async def take_back(
    records: Records,
    about: str,
    *,
    now: datetime,
    session: Session,
    kinds: Iterable[Kind] | None = None,
    person_id: str | None = None,
) -> None:
    """Cancel the reminders of a contribution or a case: of these kinds or all, of this person or everybody."""
    told = await records.reminders.take_back(about, session, kinds=kinds, person_id=person_id)
    if told:
        await records.deliveries.cancel("no longer needed", now, reminders=told, session=session)
        await records.digest_lines.cancel(told, session)
