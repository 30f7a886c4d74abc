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


class NotifiedPublication(BaseModel):
    """How many mails and inbox entries tell people of a version: its authors, and who waits for news like it."""

    model_config = ConfigDict(frozen=True)

    practice_id: str
    version: int
    as_of: Moment = Field(description="When it was counted; the latest count holds")
    mails_waiting: int = Field(description="On their way, held until somebody can be reached, or due in a digest")
    mails_sent: int
    mails_failed: int = Field(description="Refused by the receiving side, or given up")
    mails_uncertain: int = Field(description="Nobody knows whether they went")
    inbox_entries: int


class SubmittedPublication(BaseModel):
    """Whose a version is, where its public text does not tell: the organisations that its authors' accounts name."""

    model_config = ConfigDict(frozen=True)

    practice_id: str
    version: int
    organisations: tuple[str, ...]


class PublicationsIndexed(EventData):
    """Search finds these versions. One may be told again; what was told first holds."""

    type: ClassVar[str] = TYPE_PREFIX + "publication.indexed.v1"
    subject: ClassVar[str] = "publications.indexed"

    publications: tuple[IndexedPublication, ...]


class PublicationsNotified(EventData):
    """People were told of these versions, or more arrived of what they are told. These are totals: the latest hold."""

    type: ClassVar[str] = TYPE_PREFIX + "publication.notified.v1"
    subject: ClassVar[str] = "publications.notified"

    publications: tuple[NotifiedPublication, ...]


class PublicationsSubmitted(EventData):
    """These versions were published for organisations that do not lead them, or by other names than in the text."""

    type: ClassVar[str] = TYPE_PREFIX + "publication.submitted.v1"
    subject: ClassVar[str] = "publications.submitted"

    publications: tuple[SubmittedPublication, ...]
