"""What became of publications, for their receipts. Aggregate: ``receipt:<id>``, one event each. Internal.

They tell of versions of practices that everybody may read, and name no person.
"""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import TYPE_PREFIX, EventData, Moment


class IndexedPublication(BaseModel):
    """A version of a practice that search finds."""

    model_config = ConfigDict(frozen=True)

    practice_id: str
    version: int
    indexed_at: Moment | None = Field(
        default=None, description="When it was found first; null where it is found and nobody noticed since when"
    )


class PublicationsIndexed(EventData):
    """Search finds these versions. One may be told again; what was told first holds."""

    type: ClassVar[str] = TYPE_PREFIX + "publication.indexed.v1"
    subject: ClassVar[str] = "publications.indexed"

    publications: tuple[IndexedPublication, ...]
