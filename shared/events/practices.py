"""Public events of a published practice, said by the submissions service. Aggregate: ``practice:<id>``.

They may leave the house: no personal data beyond what the public page shows. Each carries the whole public
snapshot, and its latest stands on the catalogue stream under ``catalogue.<practice id>``.
"""

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import TYPE_PREFIX, EventData, Moment, Titles


class Attachment(BaseModel):
    """A file beside a contribution. ``bytes`` is its size; ``sha256`` is in hex."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    media_type: str
    bytes: int = Field(ge=0)
    sha256: str
    alt_text: str | None = None
    licence: str | None = None


class PublicPractice(BaseModel):
    """What everybody may see of one published version."""

    model_config = ConfigDict(frozen=True)

    id: str
    version: int = Field(ge=1)
    kind: str
    state: Literal["live", "stale"] = "live"
    content: dict[str, Any]
    languages: tuple[str, ...]
    attachments: tuple[Attachment, ...] = ()
    published_at: Moment
    first_published_at: Moment
    review_by: date
    address: str


class PracticePublished(EventData):
    """A practice became public for the first time."""

    type: ClassVar[str] = TYPE_PREFIX + "practice.published.v1"
    subject: ClassVar[str] = "practices.published"

    practice: PublicPractice


class PracticeRevised(EventData):
    """A new version of a public practice replaced the one before."""

    type: ClassVar[str] = TYPE_PREFIX + "practice.revised.v1"
    subject: ClassVar[str] = "practices.revised"

    practice: PublicPractice


class PracticeConfirmed(EventData):
    """Its authors said that it still holds."""

    type: ClassVar[str] = TYPE_PREFIX + "practice.confirmed.v1"
    subject: ClassVar[str] = "practices.confirmed"

    practice: PublicPractice


class PracticeStale(EventData):
    """Its review-by date passed without a confirmation."""

    type: ClassVar[str] = TYPE_PREFIX + "practice.stale.v1"
    subject: ClassVar[str] = "practices.stale"

    practice: PublicPractice


class PracticeWithdrawn(EventData):
    """It is no longer public; its address answers with the reason code."""

    type: ClassVar[str] = TYPE_PREFIX + "practice.withdrawn.v1"
    subject: ClassVar[str] = "practices.withdrawn"

    practice_id: str
    version: int
    title: Titles
    reason_code: str
    withdrawn_at: Moment
