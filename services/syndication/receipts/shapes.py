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


class PublicationOut(BaseModel):
    version: int
    event_id: str
    published_at: datetime
    in_feed_at: datetime = Field(description="Since when feeds, harvesting and the catalogue have it")
    search: FoundOut
    webhooks: Counts
    partners: Counts | None = Field(description="Null while NATS does not answer")
    subscribers: list[SubscriberOut] | None = Field(description="For coordinators and administrators only")


class ReceiptOut(BaseModel):
    """What became of the publications of a practice, of the last 90 days, the newest first."""

    practice_id: str
    publications: list[PublicationOut]
