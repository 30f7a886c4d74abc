"""What every event's data has in common."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

TYPE_PREFIX = "eu.practice-exchange."


def rfc3339(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC with milliseconds, the one form that events use."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[
    AwareDatetime,
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
Titles = dict[str, str]


class EventData(BaseModel):
    """The data of one type of event.

    ``type`` is the CloudEvents type with its major version; ``subject`` is the NATS subject it is published
    on, which holds no id because subjects become metric labels. Fields may be added within a version when they
    have a default; a field that is removed, retyped or newly required makes a new version.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    subject: ClassVar[str]

    @classmethod
    def family(cls) -> str:
        """Name the family (the first token of the subject) that one durable follows as a whole."""
        return cls.subject.partition(".")[0]
