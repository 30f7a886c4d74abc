"""What a service tells of itself to those who look after it. No personal data: counts, ages, codes, cleaned reasons."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field


class Word(StrEnum):
    """What is not well, as stable codes that a page puts into words."""

    MONGODB_SILENT = "mongodb-silent"
    NATS_SILENT = "nats-silent"
    DURABLE_MISSING = "durable-missing"
    EVENTS_LATE = "events-late"
    EVENTS_FAILING = "events-failing"
    OUTBOX_LATE = "outbox-late"
    DEAD_LETTERS = "dead-letters"
    DEAD_LETTERS_UNKNOWN = "dead-letters-unknown"


class Answers(BaseModel):
    """What the service needs, and whether it answers."""

    mongodb: bool
    nats: bool


class DurableStatus(BaseModel):
    """The service's place in one family of events."""

    name: str
    missing: bool = Field(default=False, description="Gone; the service's worker makes it again")
    waiting: int = Field(default=0, description="Events not delivered yet")
    in_hand: int = Field(default=0, description="Events delivered and not done")
    redelivered: int = Field(default=0, description="Events among those in hand that were delivered before")
    oldest_seconds: float | None = Field(default=None, description="Age of the oldest that is not done; null: none")


class OutboxStatus(BaseModel):
    """Events that were said and are not on the bus yet."""

    waiting: int
    oldest_seconds: float | None


class LetterStatus(BaseModel):
    """One event that could not be handled. ``id`` is the number that ``python -m shared.bus replay`` takes."""

    id: int
    at: datetime
    durable: str
    reason: str
    event_type: str
    subject: str


class LettersStatus(BaseModel):
    """How many there are, and the newest of them, the newest first."""

    count: int
    newest: list[LetterStatus]


class ServiceStatus(BaseModel):
    """``well`` is that there are no ``words``. What cannot be known while MongoDB or NATS is silent is null or empty;
    ``outbox`` is null where the service says nothing.
    """

    service: str
    at: datetime
    well: bool
    words: list[Word]
    answers: Answers
    durables: list[DurableStatus]
    outbox: OutboxStatus | None
    dead_letters: LettersStatus | None
