"""The envelope: CloudEvents 1.0 in structured JSON, the same bytes on NATS, in webhooks and in the archive.

Extension attributes: ``partitionkey`` (CloudEvents partitioning extension) names the aggregate,
``aggregateversion`` counts its events without gaps from 1, ``correlationid`` is the id of the first event of a
chain, ``causationid`` of the one before, ``traceparent`` is the W3C trace context.
"""

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import Permanent
from shared.events.base import EventData, Moment
from shared.events.registry import events_by_type

CONTENT_TYPE = "application/cloudevents+json"
SCHEMA_BASE = "https://practice-exchange.eu/events/"

DataT = TypeVar("DataT", bound=EventData)


class Envelope(BaseModel):
    """One event as it is sent: CloudEvents 1.0 attributes, and under ``data`` what this type of event tells."""

    # ``data`` is still plain JSON here; ``decode`` gives it its type.
    model_config = ConfigDict(frozen=True, extra="allow")

    specversion: Literal["1.0"] = Field(default="1.0", description="The version of CloudEvents")
    id: str = Field(min_length=1, description="Names this event for ever; one that comes twice has the same")
    source: str = Field(min_length=1, description="The service that said it")
    type: str = Field(min_length=1, description="What happened, with the version of the form of `data`")
    subject: str = Field(description="The id of what it happened to")
    time: Moment = Field(description="When it happened (RFC 3339, UTC)")
    datacontenttype: Literal["application/json"] = Field(default="application/json", description="The form of `data`")
    dataschema: str = Field(description="The name of the JSON Schema of `data`")
    partitionkey: str = Field(description="What it happened to, with its kind; its events come in order")
    aggregateversion: int = Field(ge=1, description="Counts the events of one `partitionkey` from 1, without a gap")
    correlationid: str = Field(description="The id of the first event of the chain that this one belongs to")
    causationid: str | None = Field(default=None, description="The id of the event that this one came from")
    traceparent: str | None = Field(default=None, description="W3C trace context")
    data: dict[str, Any] = Field(description="What this type of event tells")

    def to_bytes(self) -> bytes:
        """Return the structured JSON, without attributes that have no value."""
        return self.model_dump_json(exclude_none=True).encode()


class Received(BaseModel, Generic[DataT]):
    """An event as a handler gets it: its data typed, its envelope beside it."""

    model_config = ConfigDict(frozen=True)

    envelope: Envelope
    data: DataT

    @property
    def id(self) -> str:
        return self.envelope.id

    @property
    def time(self) -> Moment:
        return self.envelope.time

    @property
    def aggregate(self) -> str:
        return self.envelope.partitionkey

    @property
    def version(self) -> int:
        return self.envelope.aggregateversion


def schema_address(event: type[EventData]) -> str:
    """Return the address of an event's JSON Schema (CloudEvents ``dataschema``)."""
    return f"{SCHEMA_BASE}{event.type}.json"


def parse_envelope(body: bytes) -> Envelope:
    """Read an envelope; raises Permanent with the reason when the body is not one."""
    try:
        return Envelope.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(str(part) for part in first["loc"]) or "the body"
        raise Permanent(f"not a CloudEvents 1.0 envelope: {place}: {first['msg']}") from error


def decode(envelope: Envelope) -> Received[Any]:
    """Give the data its type; raises Permanent when this type or version is unknown or the data does not fit."""
    event = events_by_type().get(envelope.type)
    if event is None:
        raise Permanent(f"unknown event type or version: {envelope.type}")
    try:
        data = event.model_validate(envelope.data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(str(part) for part in first["loc"])
        raise Permanent(f"data of {envelope.type} does not fit its schema: /{place}: {first['msg']}") from error
    return Received[Any].model_construct(envelope=envelope, data=data)
