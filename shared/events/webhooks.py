"""Events of webhooks, said by the syndication service. Aggregate: ``webhook:<endpoint id>``. Internal, but for the
ping, which is posted to one endpoint and stands nowhere else. Aggregate of a ping: ``ping:<its id>``.

Who owns an endpoint is named by their person id only: the service that says this knows no address of anybody.
"""

from typing import ClassVar, Literal

from pydantic import Field

from shared.events.base import TYPE_PREFIX, EventData, Moment


class WebhookDisabled(EventData):
    """Nothing is sent to an endpoint any more, because nothing arrives; its owner is told."""

    type: ClassVar[str] = TYPE_PREFIX + "webhook.disabled.v1"
    subject: ClassVar[str] = "webhooks.disabled"

    endpoint_id: str
    name: str
    url: str
    organisation: str
    owner_id: str
    reason: Literal["exhausted", "failing", "gone"]
    failing_since: Moment
    last_status: int | None = None
    last_error: str | None = None


class WebhookPinged(EventData):
    """Somebody asked for a test of your webhook: it is sent to that one endpoint, once, and tells of no practice."""

    type: ClassVar[str] = TYPE_PREFIX + "webhook.pinged.v1"
    subject: ClassVar[str] = "webhooks.pinged"

    endpoint_id: str = Field(description="The id of the endpoint")
    name: str = Field(description="What its people call it")
