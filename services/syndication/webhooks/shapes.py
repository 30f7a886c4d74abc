"""What callers are told about webhooks."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.syndication.filter_parameters import FilterBody
from services.syndication.webhooks.domain.attempt import Outcome
from services.syndication.webhooks.domain.endpoint import Reason, State
from services.syndication.webhooks.store.deliveries import DeliveryState


class EndpointOut(BaseModel):
    """An endpoint, without its secret."""

    id: str
    organisation: str
    name: str
    url: str
    filters: FilterBody
    ordered: bool
    state: State = Field(description="`paused` by its people, `disabled` by us; events wait for it either way")
    reason: Reason | None = Field(description="Why it is disabled")
    failing_since: datetime | None = Field(description="Since when nothing arrived that was tried; null: all is well")
    quiet_until: datetime | None = Field(description="Until when it asked to be left alone (Retry-After)")
    secret_made_at: datetime
    previous_secret_ends_at: datetime | None = Field(description="Until when two signatures are sent")
    waiting: int = Field(description="Events that have not arrived yet")
    oldest_waiting_at: datetime | None = Field(description="Since when the oldest of them waits")
    created_at: datetime
    changed_at: datetime
    version: int = Field(description="As in the ETag")
    is_owner: bool = Field(description="Whether mails about it go to the caller")
    may_change: bool = Field(description="Whether the caller may change it")


class EndpointWithSecret(EndpointOut):
    secret: str = Field(description="Shown this once: what `standardwebhooks` and its like verify signatures with")


class EndpointPage(BaseModel):
    items: list[EndpointOut]
    next: str | None = Field(description="The cursor of the next page")


class DeliveryOut(BaseModel):
    """An event on its way to an endpoint."""

    event_id: str = Field(description="Also the header `webhook-id`, the same at every attempt and replay")
    type: str = Field(description="The event's CloudEvents type")
    subject: str = Field(description="The event's CloudEvents subject: the id of the practice")
    test: bool = Field(description="Whether it is a test ping")
    state: DeliveryState
    attempts: int = Field(description="Attempts since it was queued last")
    replays: int = Field(description="How often it was sent again on request")
    queued_at: datetime
    next_attempt_at: datetime | None
    ended_at: datetime | None = Field(description="When it arrived or was given up")
    last_outcome: Outcome | None = Field(description="What the last attempt came to")
    last_status: int | None


class RequestOut(BaseModel):
    method: str
    url: str
    headers: dict[str, str]
    body: str = Field(description="At most the first 2,048 bytes")
    truncated: bool


class ResponseOut(BaseModel):
    status: int
    headers: dict[str, str] = Field(description="Those that help to find a fault")
    body: str = Field(description="At most the first 2,048 bytes")
    truncated: bool


class AttemptOut(BaseModel):
    at: datetime
    seconds: float
    outcome: Outcome
    error: str | None = Field(description="What went wrong, where it was no HTTP answer")
    request: RequestOut
    response: ResponseOut | None


class DeliveryDetail(DeliveryOut):
    log: list[AttemptOut] = Field(description="The last 20 attempts, the oldest first")


class DeliveryPage(BaseModel):
    items: list[DeliveryOut]
    next: str | None = Field(description="The cursor of the next page")


class Replayed(BaseModel):
    queued: int = Field(description="How many events are sent (again)")


class TestSent(BaseModel):
    event_id: str = Field(description="The id of the ping; its delivery tells what came of it")
