"""The only place that knows this service's collections, one file each."""

from dataclasses import dataclass
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from services.notifications.store.contributions import Contributions
from services.notifications.store.deliveries import Deliveries
from services.notifications.store.digest_lines import DigestLines
from services.notifications.store.notices import Notices
from services.notifications.store.people import People
from services.notifications.store.reaches import Reaches
from services.notifications.store.reminders import Reminders

__all__ = ["Contributions", "Deliveries", "DigestLines", "Notices", "People", "Reaches", "Records", "Reminders"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Everything this service keeps."""

    people: People
    deliveries: Deliveries
    digest_lines: DigestLines
    notices: Notices
    reminders: Reminders
    contributions: Contributions
    reaches: Reaches

    @classmethod
    def of(cls, db: AsyncDatabase[dict[str, Any]]) -> "Records":
        return cls(
            people=People(db),
            deliveries=Deliveries(db),
            digest_lines=DigestLines(db),
            notices=Notices(db),
            reminders=Reminders(db),
            contributions=Contributions(db),
            reaches=Reaches(db),
        )

    async def make_indexes(self) -> None:
        """Make every index; safe to repeat."""
        for collection in (self.people, self.deliveries, self.digest_lines, self.notices, self.reminders, self.reaches):
            await collection.make_indexes()
