"""One partner: who it is, which public events it asked for, the keys it signs in with, and its durable."""

from __future__ import annotations

import re
from typing import Annotated, Final

from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from shared.bus.topology import PUBLIC_SUBJECTS
from shared.events.base import TYPE_PREFIX
from shared.events.registry import PUBLIC as PUBLIC_EVENTS

PREFIX: Final = "ext-"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_NAME: Final = 32
SHORTEST_ACK_WAIT: Final = 1
USUAL_ACK_WAIT: Final = 60.0
LONGEST_ACK_WAIT: Final = 3600
ORGANISATION: Final = "organisation"  # the durable's metadata, for who counts what partners have taken
MOST_IN_HAND: Final = 256
MOST_REQUESTS: Final = 16
# By the name that a person writes (practice.published), the subject that it is said on.
SUBJECTS: Final = {event.type.removeprefix(TYPE_PREFIX).rpartition(".")[0]: event.subject for event in PUBLIC_EVENTS}

Name = Annotated[str, Field(pattern=f"^{NAME.pattern}$", max_length=LONGEST_NAME)]
Key = Annotated[str, Field(pattern="^U[A-Z2-7]{55}$")]


class Partner(BaseModel):
    """One entry of the partners file.

    ``events`` are names of public events (``practice.published``); none means all. ``since`` is the moment from which
    on its durable began; none means all that the stream still has. ``keys`` are public nkeys, two while one replaces
    the other. ``ack_wait_seconds`` is how long it may take over one event before that is delivered again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    organisation: Annotated[str, Field(min_length=1, max_length=200)]
    contact: Annotated[str, Field(min_length=3, max_length=320)]
    events: tuple[str, ...] = ()
    since: AwareDatetime | None = None
    ack_wait_seconds: Annotated[float, Field(ge=SHORTEST_ACK_WAIT, le=LONGEST_ACK_WAIT)] = USUAL_ACK_WAIT
    keys: Annotated[tuple[Key, ...], Field(min_length=1, max_length=2)]
    added_at: AwareDatetime

    @field_validator("events")
    @classmethod
    def _known(cls, events: tuple[str, ...]) -> tuple[str, ...]:
        return checked_events(events)

    @property
    def account(self) -> str:
        """The name of its account, and of its durable."""
        return durable_of(self.name)

    def durable(self) -> ConsumerConfig:
        """Its place in the public stream: unlimited deliveries, because only the partner knows when it is done."""
        return ConsumerConfig(
            name=self.account,
            durable_name=self.account,
            description=f"Partner: {self.organisation}",
            filter_subjects=[SUBJECTS[name] for name in self.events] or [PUBLIC_SUBJECTS],
            deliver_policy=DeliverPolicy.BY_START_TIME if self.since else DeliverPolicy.ALL,
            opt_start_time=self.since,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=self.ack_wait_seconds,
            max_deliver=-1,
            max_ack_pending=MOST_IN_HAND,
            max_waiting=MOST_REQUESTS,
            metadata={ORGANISATION: self.organisation},
        )


def durable_of(name: str) -> str:
    return f"{PREFIX}{name}"


def checked_events(events: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names in order, each once. Raises ValueError that names those that are no public events."""
    if unknown := [name for name in events if name not in SUBJECTS]:
        raise ValueError(f"no public event is named {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    return tuple(name for name in SUBJECTS if name in events)
