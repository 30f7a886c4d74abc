"""Public events of a published practice, said by the submissions service. Aggregate: ``practice:<id>``.

They may leave the house: no personal data beyond what the public page shows. Each carries the whole public
snapshot, and its latest stands on the catalogue stream under ``catalogue.<practice id>``. Their subjects are the family
``practices``, whatever the first word of the type, because subscribers are let in by that family.
"""

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import TYPE_PREFIX, EventData, Moment, Titles
from shared.events.found_under import FoundUnder, found_under


class Attachment(BaseModel):
    """A file beside a contribution."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="Its id within the practice")
    name: str = Field(description="Its file name")
    media_type: str = Field(description="What its content is, by its bytes")
    bytes: int = Field(ge=0, description="Its size")
    sha256: str = Field(description="SHA-256 of its content, in hex")
    alt_text: str | None = Field(default=None, description="What it shows, for who cannot see it")
    licence: str | None = Field(default=None, description="Its licence (SPDX), where it has one of its own")


class Agreement(BaseModel):
    """That a joint action was agreed, as a coordinator recorded it."""

    model_config = ConfigDict(frozen=True)

    agreed_on: date = Field(description="On which day it was agreed")
    parties: tuple[str, ...] = Field(description="The organisations and bodies that agreed to it, by name")
    text: Titles = Field(default_factory=dict, description="What was agreed, by language (BCP 47)")


class PublicPractice(BaseModel):
    """What everybody may see of one published version."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="Names the practice through all its versions")
    version: int = Field(ge=1, description="The published version; a version never changes")
    kind: str = Field(description="`practice`, `lesson_learned` or `joint_action`")
    state: Literal["live", "stale"] = Field(
        default="live", description="`stale` once its review-by date passed unconfirmed"
    )
    content: dict[str, Any] = Field(description="What it says")
    languages: tuple[str, ...] = Field(description="The languages it is written in (BCP 47), the source language first")
    attachments: tuple[Attachment, ...] = Field(default=(), description="The files beside it")
    attached_text: str = Field(
        default="",
        description="How what the files beside it say begins, in plain text, for who searches it; only in events",
    )
    published_at: Moment = Field(description="When this version became public")
    first_published_at: Moment = Field(description="When its first version became public")
    review_by: date = Field(description="By when its authors are asked whether it still holds")
    address: str = Field(description="The whole URL where it is read, now and in later versions")
    agreement: Agreement | None = Field(
        default=None, description="That the joint action was agreed; absent or null while nobody said so"
    )

    def found_under(self) -> FoundUnder:
        """Return the codes that others filter by."""
        return found_under(self.kind, self.content, self.languages)


class PracticePublished(EventData):
    """A practice became public for the first time."""

    type: ClassVar[str] = TYPE_PREFIX + "practice.published.v1"
    subject: ClassVar[str] = "practices.published"

    practice: PublicPractice = Field(description="The practice as it is now")


class PracticeRevised(EventData):
    """A new version of a public practice replaced the one before."""

    type: ClassVar[str] = TYPE_PREFIX + "practice.revised.v1"
    subject: ClassVar[str] = "practices.revised"

    practice: PublicPractice = Field(description="The practice as it is now")
    before: FoundUnder | None = Field(
        default=None, description="What it was found under until now, for who keeps only some of the practices"
    )


class PracticeConfirmed(EventData):
    """Its authors said that it still holds."""

    type: ClassVar[str] = TYPE_PREFIX + "practice.confirmed.v1"
    subject: ClassVar[str] = "practices.confirmed"

    practice: PublicPractice = Field(description="The practice as it is now")


class PracticeStale(EventData):
    """Its review-by date passed without a confirmation."""

    type: ClassVar[str] = TYPE_PREFIX + "practice.stale.v1"
    subject: ClassVar[str] = "practices.stale"

    practice: PublicPractice = Field(description="The practice as it is now")


class JointActionAgreed(EventData):
    """A coordinator recorded that a joint action was agreed."""

    type: ClassVar[str] = TYPE_PREFIX + "joint_action.agreed.v1"
    subject: ClassVar[str] = "practices.agreed"

    practice: PublicPractice = Field(description="The practice as it is now, with its `agreement`")


class JointActionAgreementRetracted(EventData):
    """The record that a joint action was agreed was a mistake, and is taken back."""

    type: ClassVar[str] = TYPE_PREFIX + "joint_action.agreement_retracted.v1"
    subject: ClassVar[str] = "practices.agreement_retracted"

    practice: PublicPractice = Field(description="The practice as it is now, without an `agreement`")


class PracticeWithdrawn(EventData):
    """It is no longer public; its address answers with the reason code."""

    type: ClassVar[str] = TYPE_PREFIX + "practice.withdrawn.v1"
    subject: ClassVar[str] = "practices.withdrawn"

    practice_id: str = Field(description="Names the practice through all its versions")
    version: int = Field(description="The version that was public until now")
    title: Titles = Field(description="Its title by language (BCP 47)")
    reason_code: str = Field(description="Why, a code of the vocabulary `tombstone-reasons`")
    withdrawn_at: Moment = Field(description="When it was taken down")
    before: FoundUnder | None = Field(
        default=None, description="What it was found under until now, for who keeps only some of the practices"
    )
