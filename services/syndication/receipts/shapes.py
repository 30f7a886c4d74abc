"""What callers are told about receipts."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.syndication.domain.receipt import Findable, Reached, Way


class Counts(BaseModel):
    """How many systems have it, wait for it, or were given up."""

    acknowledged: int
    waiting: int
    failed: int


class SubscriberOut(BaseModel):
    """One system that the publication is for."""

    organisation: str
    way: Way
    reached: Reached
    at: datetime | None = Field(description="When it acknowledged; null where it did not, or on NATS")


class FoundOut(BaseModel):
    """How search stands with it."""

    state: Findable = Field(description="overtaken: a later version, or the end of the practice, came before")
    at: datetime | None = Field(description="Since when it is found; null where it is not, or where nobody noticed")


class NotifiedOut(BaseModel):
    """How many mails and inbox entries tell people of it: its authors, and whoever waits for news like it."""

    as_of: datetime = Field(description="When it was counted")
    mails_waiting: int = Field(description="On their way, held until somebody can be reached, or due in a digest")
    mails_sent: int
    mails_failed: int = Field(description="Refused by the receiving side, or given up")
    mails_uncertain: int = Field(description="Nobody knows whether they went")
    inbox_entries: int


class PublicationOut(BaseModel):
    version: int
    event_id: str
    published_at: datetime
    in_feed_at: datetime = Field(description="Since when feeds, harvesting and the catalogue have it")
    search: FoundOut
    notified: NotifiedOut | None = Field(description="Null until they were counted, seconds after publication")
    webhooks: Counts
    partners: Counts | None = Field(description="Null while NATS does not answer")
    subscribers: list[SubscriberOut] | None = Field(description="For coordinators and administrators only")


class ReceiptOut(BaseModel):
    """What became of the publications of a practice, of the last 90 days, the newest first."""

    practice_id: str
    publications: list[PublicationOut]
