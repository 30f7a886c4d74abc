"""The ways out of the house: servers and channels on which others hear the public events.

Only what exists stands here. The messages are the same on every way, so another way (another protocol) is another
server and channels of its own over ``PUBLIC``; the documents are made from these tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.bus.topology import CATALOGUE
from shared.bus.topology import PUBLIC as PUBLIC_STREAM
from shared.events.base import EventData
from shared.events.envelope import CONTENT_TYPE
from shared.events.registry import PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to connect. ``variables`` fill the braces of ``host``: each a default and what it is.

    ``security`` is the name of one of the document's security schemes.
    """

    name: str
    host: str
    protocol: str
    title: str
    description: str
    variables: Mapping[str, tuple[str, str]]
    security: str = "userPassword"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One variable part of an address; ``values`` where they are known beforehand."""

    description: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One address of one server, and what is heard there."""

    name: str
    server: Server
    address: str
    title: str
    summary: str
    description: str
    parameters: Mapping[str, Parameter]
    headers: Mapping[str, str]
    events: tuple[type[EventData], ...] = PUBLIC
    extensions: Mapping[str, Any] = field(default_factory=dict)


_HEADERS: Final = {
    "Nats-Msg-Id": "The event's `id`; JetStream drops a repetition by it",
    "content-type": f"`{CONTENT_TYPE}`",
    "aggregate": "The event's `partitionkey`",
    "aggregateversion": "The event's `aggregateversion`",
}

NATS: Final = Server(
    name="nats",
    host="{host}:{port}",
    protocol="nats",
    title="NATS",
    description="A NATS server with JetStream. Sign in with the user and the password that its operator gave you.",
    variables={
        "host": ("127.0.0.1", "The host; the default is that of the demo"),
        "port": ("8122", "The port; the default is that of the demo"),
    },
)

PRACTICES: Final = Channel(
    name="practices",
    server=NATS,
    address="practices.{happened}",
    title="What happens",
    summary="Every public event, the moment it happened.",
    description=(
        "Subscribe to `practices.*` for all, or to one subject. A plain subscription hears what is said while it is"
        " connected, and nothing of the time before: begin with the catalogue, and with it again after an absence."
    ),
    parameters={
        "happened": Parameter(
            description="What happened; the last part of the event's type before its version",
            values=tuple(event.subject.partition(".")[2] for event in PUBLIC),
        )
    },
    headers=_HEADERS,
)

SNAPSHOTS: Final = Channel(
    name="catalogue",
    server=NATS,
    address="catalogue.{practice_id}",
    title="The catalogue",
    summary="The latest event of every practice that ever was public, then each new one.",
    description=(
        f"The stream `{CATALOGUE}` holds one message for each practice: its latest public event, whole. An ordered"
        " consumer from the start gives all of them once and then follows, so that nothing is missed between; a"
        " practice that was taken down is there as `practice.withdrawn`. Reading a stream takes a user that may ask"
        " JetStream; one that may only listen has the other channel."
    ),
    parameters={"practice_id": Parameter(description="The practice's id, as in `subject` of its events")},
    headers=_HEADERS,
    extensions={"x-nats-stream": {"name": CATALOGUE, "messages-per-subject": 1}},
)

PARTNERS: Final = Server(
    name="partners",
    host="{host}:{port}",
    protocol="nats",
    title="NATS, for partners",
    description=(
        "The same server, over TLS, or over WebSocket at the address that its operator tells you. A partner signs in"
        " with an nkey of its own (the operator gives you its seed, once), and has an account of its own."
    ),
    variables=NATS.variables,
    security="nkey",
)

DURABLE: Final = Channel(
    name="durable",
    server=PARTNERS,
    address="practices.{happened}",
    title="A place of your own in the public stream",
    summary="Every public event that you asked for, kept for you while you are away.",
    description=(
        f"The stream `{PUBLIC_STREAM}` keeps public events for 90 days, and the durable consumer `ext-{{your name}}`"
        " remembers how far you are. Fetch from it and acknowledge each event when your work on it is safe; what is not"
        " acknowledged comes again, after a minute or what was agreed. JetStream is reached by the domain `practices`;"
        " you may fetch from this one durable, look at it and acknowledge, and nothing else."
    ),
    parameters=PRACTICES.parameters,
    headers=_HEADERS,
    extensions={"x-nats-stream": {"name": PUBLIC_STREAM, "domain": "practices", "durable": "ext-{partner}"}},
)

SERVERS: Final = (NATS, PARTNERS)
CHANNELS: Final = (PRACTICES, SNAPSHOTS, DURABLE)
