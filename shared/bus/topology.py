"""Streams and durables, in one place. FastStream only binds to what is made here.

``provision`` is an idempotent upsert: FastStream and nats-py ignore the configuration of a durable that exists.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
    StreamSource,
)
from nats.js.errors import BadRequestError, NotFoundError

EVENTS = "EVENTS"
CATALOGUE = "CATALOGUE"
DEAD_LETTERS = "DLQ"
PUBLIC = "PUBLIC"
PUBLIC_SUBJECTS = "practices.>"
MADE = "made"  # in the metadata of a stream

FAMILIES = ("submissions", "reviews", "practices", "alerts", "webhooks", "publications", "persons")

DAY_SECONDS = 86_400.0
ACK_WAIT_SECONDS = 30.0  # what a killed process held waits so long; who works longer says so meanwhile
_STREAM_NAME_IN_USE = 10058  # with another configuration: it has to be updated instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Durable:
    """One service's place in one family of events."""

    service: str
    family: str

    @property
    def name(self) -> str:
        return f"{self.service}-{self.family}"

    @property
    def filter_subject(self) -> str:
        return f"{self.family}.>"

    def config(self) -> ConsumerConfig:
        """``max_deliver`` is unlimited: the consumer decides what is a dead letter, not the server."""
        return ConsumerConfig(
            name=self.name,
            durable_name=self.name,
            filter_subject=self.filter_subject,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_deliver=-1,
            max_ack_pending=256,
        )


DURABLES = (
    Durable(service="review", family="submissions"),
    Durable(service="submissions", family="reviews"),
    Durable(service="notifications", family="submissions"),
    Durable(service="notifications", family="reviews"),
    Durable(service="notifications", family="alerts"),
    Durable(service="notifications", family="webhooks"),
    Durable(service="syndication", family="practices"),
    Durable(service="syndication", family="publications"),
    Durable(service="submissions", family="persons"),
    Durable(service="review", family="persons"),
    Durable(service="notifications", family="persons"),
    Durable(service="syndication", family="persons"),
)


def durable(name: str) -> Durable:
    """Return the durable of that name; raises KeyError when there is none."""
    return {known.name: known for known in DURABLES}[name]


def streams(replicas: int = 1) -> tuple[StreamConfig, ...]:
    """The streams: ``replicas`` 1 on one server, 3 in a cluster.

    Messages can be deleted, because a person may have to be forgotten; only the operator may, by the rights on NATS.
    """
    return (
        StreamConfig(
            name=EVENTS,
            description="Every event of the house, internal",
            subjects=[f"{family}.>" for family in FAMILIES],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            num_replicas=replicas,
            discard=DiscardPolicy.OLD,
            max_age=90 * DAY_SECONDS,
            max_msg_size=900_000,
            duplicate_window=3600,
            deny_purge=True,
            allow_direct=True,
        ),
        StreamConfig(
            name=CATALOGUE,
            description="The latest public snapshot of every practice, one message each",
            subjects=["catalogue.*"],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            num_replicas=replicas,
            discard=DiscardPolicy.OLD,
            max_msgs_per_subject=1,
            max_msg_size=900_000,
            duplicate_window=3600,
            allow_direct=True,
        ),
        StreamConfig(
            name=PUBLIC,
            description="The public events, and nothing else: what may leave the house",
            sources=[StreamSource(name=EVENTS, filter_subject=PUBLIC_SUBJECTS)],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            num_replicas=replicas,
            discard=DiscardPolicy.OLD,
            max_age=90 * DAY_SECONDS,
            max_msg_size=900_000,
            deny_purge=True,
            allow_direct=True,
        ),
        StreamConfig(
            name=DEAD_LETTERS,
            description="Events that a consumer could not handle, with the reason; of discarded ones the reason alone",
            subjects=["dlq.>", "discarded.>"],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            num_replicas=replicas,
            discard=DiscardPolicy.OLD,
            max_age=365 * DAY_SECONDS,
            max_msg_size=1_000_000,
            duplicate_window=3600,
            allow_direct=True,
        ),
    )


async def provision(js: JetStreamContext, *, replicas: int | None = None) -> None:
    """Make every stream and durable as it should be; safe to repeat, and repairs what was deleted or changed.

    ``replicas`` are the copies of each stream; without it as many as those have that are there, or one.
    """
    for stream in streams(replicas or await _replicas(js)):
        await _ensure_stream(js, stream)
    await asyncio.gather(
        *(js.add_consumer(EVENTS, known.config()) for known in DURABLES)
    )  # in a cluster each takes long


async def _replicas(js: JetStreamContext) -> int:
    found = 1
    for stream in streams():
        try:
            found = max(found, (await js.stream_info(stream.name or "")).config.num_replicas or 1)
        except NotFoundError:
            continue
    return found


async def _ensure_stream(js: JetStreamContext, config: StreamConfig) -> None:
    """Make it or change it. When it was made is noted in it and stays: a cluster of nats-server 2.12 takes a new time
    each time the same stream is asked for again, and tells it once nodes restart. Who follows would take it for another
    stream.
    """
    try:
        found = await js.add_stream(config)
    except BadRequestError as error:
        if error.err_code != _STREAM_NAME_IN_USE:
            raise
        found = await js.stream_info(config.name or "")
        config = replace(config, deny_delete=found.config.deny_delete)  # once denied, denied for good
    noted = (found.config.metadata or {}).get(MADE) or (found.created.isoformat() if found.created else "")
    await js.update_stream(replace(config, metadata={MADE: noted}))


def made_at(info: StreamInfo) -> datetime | None:
    """Return when a stream was made: what is noted in it, else what the server says."""
    noted = (info.config.metadata or {}).get(MADE)
    return datetime.fromisoformat(noted) if noted else info.created
