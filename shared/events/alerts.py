"""Alerts of saved searches, said by the search service. Aggregate: ``alert:<alert id>``, one event each. Internal.

They name people by their person id only. Who hears them learns that a public practice answers a search of that
person and what they call it, not what they search for.
"""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import TYPE_PREFIX, EventData, Titles


class Match(BaseModel):
    """A person whom the practice is told to, once, by whichever of their searches asks for it soonest."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    search_id: str
    name: str = Field(description="What the person calls the search")
    frequency: Literal["at_once", "daily"] = Field(description="How soon the person wants to hear of it")
    stop: str = Field(description="The last part of the address that stops this search's alerts without signing in")


class AlertRaised(EventData):
    """A practice that is new, or revised, answers saved searches. Of many people it tells in several events."""

    type: ClassVar[str] = TYPE_PREFIX + "alert.raised.v1"
    subject: ClassVar[str] = "alerts.raised"

    practice_id: str
    version: int
    kind: str
    title: Titles
    source_language: str
    matches: tuple[Match, ...]
