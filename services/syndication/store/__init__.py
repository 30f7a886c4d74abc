"""The only place that knows this service's collections, one file each."""

from dataclasses import dataclass
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from services.syndication.store.keys import Keys
from services.syndication.store.log import EventLog
from services.syndication.store.practices import Practices
from services.syndication.store.reach import Reaches
from services.syndication.store.shelf import Shelf
from services.syndication.webhooks.store import Hooks

__all__ = ["EventLog", "Keys", "Practices", "Reaches", "Records", "Shelf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Everything this service keeps."""

    log: EventLog
    practices: Practices
    reaches: Reaches
    shelf: Shelf
    keys: Keys
    hooks: Hooks

    @classmethod
    def of(cls, db: AsyncDatabase[dict[str, Any]]) -> "Records":
        return cls(
            log=EventLog(db),
            practices=Practices(db),
            reaches=Reaches(db),
            shelf=Shelf(db),
            keys=Keys(db),
            hooks=Hooks.of(db),
        )

    async def make_indexes(self) -> None:
        """Make every index; safe to repeat."""
        for collection in (self.log, self.practices, self.reaches, self.hooks):
            await collection.make_indexes()
