"""What callers may send about webhooks. Unknown fields are refused."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictBool
from pydantic_core import PydanticCustomError

from services.syndication.filter_parameters import FilterBody
from services.syndication.webhooks.domain.target import LONGEST_URL, BadUrl, read_target
from shared.text import Line


def _target(text: str) -> str:
    try:
        return read_target(text).url
    except BadUrl as error:
        raise PydanticCustomError(error.code, "{message}", {"message": str(error)}) from None


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
    except OverflowError:
        raise PydanticCustomError("out-of-range", "Choose a moment between the years 1 and 9999") from None


Name = Annotated[str, Line(100)]
TargetUrl = Annotated[str, Field(max_length=LONGEST_URL), AfterValidator(_target)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EndpointBody(Body):
    """An endpoint to be. ``ordered``: an event waits until the one before arrived."""

    name: Name = Field(description="What its people call it", examples=["Our catalogue"])
    url: TargetUrl = Field(
        description="Where events are sent: https, port 443 or 8443, a public address",
        examples=["https://catalogue.example.org/hooks/practices"],
    )
    filters: FilterBody = FilterBody()
    ordered: StrictBool = Field(default=False, description="Whether an event waits until the one before it arrived")


class EndpointPatch(Body):
    """What is to change; the rest stays. ``filters`` are replaced as a whole."""

    name: Name = Field(default="", description="What its people call it")
    url: TargetUrl = Field(default="", description="Where events are sent")
    filters: FilterBody = FilterBody()
    ordered: StrictBool = Field(default=False, description="Whether an event waits until the one before it arrived")
    owner: Literal["me"] = Field(default="me", description="`me`: mails about it go to the caller from now on")

    def given(self) -> dict[str, Any]:
        """Return the fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class RotateBody(Body):
    overlap_hours: float = Field(
        default=24, ge=0, le=24 * 7, allow_inf_nan=False, description="For how long the secret before signs as well"
    )


class ReplayBody(Body):
    """A range of the time of the events: from ``since`` on and before ``until``, or now."""

    since: Moment
    until: Moment | None = None
