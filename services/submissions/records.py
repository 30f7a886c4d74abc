"""What every use case works with: the collections and the settings, put together once by ``app.build``."""

from __future__ import annotations

from dataclasses import dataclass

from services.submissions.reading.reader import Reader
from services.submissions.settings import SubmissionsSettings
from services.submissions.store.contributions import Contributions
from services.submissions.store.files import Files
from services.submissions.store.likeness import Likeness
from services.submissions.store.practices import Practices
from services.submissions.store.readers import Readers
from shared.store.client import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The submissions service's records. A transaction is begun on ``store`` and handed to the use case."""

    store: Store
    settings: SubmissionsSettings
    contributions: Contributions
    practices: Practices
    readers: Readers
    likeness: Likeness
    files: Files
    reader: Reader

    @classmethod
    def of(cls, store: Store, settings: SubmissionsSettings) -> Records:
        """Bind the collections of a connected store."""
        db = store.db
        return cls(
            store=store,
            settings=settings,
            contributions=Contributions(db),
            practices=Practices(db),
            readers=Readers(db),
            likeness=Likeness(db),
            files=Files(db),
            reader=Reader(),
        )

    async def make_indexes(self) -> None:
        """Make every index; safe to repeat."""
        await self.contributions.make_indexes()
        await self.practices.make_indexes()
        await self.readers.make_indexes()
        await self.files.make_indexes()
