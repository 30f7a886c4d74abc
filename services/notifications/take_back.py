"""Taking back reminders whose reason went away, whether they wait, are queued or stand in the next digest."""

from datetime import datetime

from services.notifications.store import Records
from services.notifications.store.documents import Session


async def take_back(
    records: Records, about: str, *, now: datetime, session: Session, person_id: str | None = None
) -> None:
    """Cancel the reminders of a contribution or a case, of everybody or of one person."""
    told = await records.reminders.cancel(about, session, person_id=person_id)
    await _take_back_mails(records, told, now, session)


async def take_back_told(records: Records, about: str, *, now: datetime, session: Session) -> None:
    """Cancel those reminders only that were told already and whose mails did not go yet."""
    told = await records.reminders.cancel(about, session, waiting=False)
    await _take_back_mails(records, told, now, session)


async def _take_back_mails(records: Records, told: list[str], now: datetime, session: Session) -> None:
    if told:
        await records.deliveries.cancel("no longer needed", now, reminders=told, session=session)
        await records.digest_lines.cancel(told, session)
