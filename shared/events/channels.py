"""The ways out of the house: servers and channels on which others hear the public events.

Only what exists stands here. The messages are the same on every way, so another way (another protocol) is another
server and channels of its own over ``PUBLIC``; the documents are made from these tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from shared.bus.topology import CATALOGUE
from shared.bus.topology import PUBLIC as PUBLIC_STREAM
from shared.events.base import EventData
from shared.events.envelope import CONTENT_TYPE
from shared.events.registry import PUBLIC, SENT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to connect. ``variables`` fill the braces of ``host``: each a default and what it is. ``try_it`` says how
    to with the demo. ``security`` is the name of one of the document's security schemes, None where there is none.
    """

    name: str
    host: str
    protocol: str
    title: str
    description: str
    variables: Mapping[str, tuple[str, str]]
    try_it: str
    security: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One variable part of an address; ``values`` where they are known beforehand."""

    description: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One address of one server, and what is heard there; ``address`` is None where it is the subscriber's own.

    ``query`` are the parameters of a request, each with what it means and whether it is given several times.
    """

    name: str
    server: Server
    address: str | None
    title: str
    summary: str
    description: str
    parameters: Mapping[str, Parameter]
    headers: Mapping[str, str]
    method: str | None = None
    query: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    events: tuple[type[EventData], ...] = PUBLIC
    extensions: Mapping[str, Any] = field(default_factory=dict)


_ON_NATS: Final = {
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
    try_it="""To try it here: `make demo`, and in another terminal

```sh
export NATS_URL=nats://127.0.0.1:8122 NATS_USER=observer
export NATS_PASSWORD=$(.venv/bin/python -c \\
  "import json; print(json.load(open('.data/nats-passwords.json'))['observer'])")
```

Then run the first of the programs below (`.venv/bin/python`, or your own with `pip install nats-py`). `observer` may
hear what happens and nothing else; the catalogue asks JetStream, which `operator` may: put that name in both lines. On
a server that is not the demo's, its operator gives you a user.
""",
    security="userPassword",
)

HTTP: Final = Server(
    name="http",
    host="{host}:{port}",
    protocol="http",
    title="HTTP",
    description="The service `syndication`. It tells everybody: no key, no account, and from any web page.",
    variables={
        "host": ("127.0.0.1", "The host; the default is that of the demo"),
        "port": ("8106", "The port; the default is that of the demo"),
    },
    try_it="""To try it here: `make demo`, and in another terminal

```sh
curl -N "http://127.0.0.1:8106/events?from=start"
```

The program in Python below wants `pip install httpx`. Both show how to listen and no more: when the stream ends, come
again with the last id, as [sse_follower.py](../../services/syndication/docs/examples.md#sse_followerpy) does. All else
that this service answers is described in `http://127.0.0.1:8106/openapi.json`.
""",
)

RECEIVER: Final = Server(
    name="receiver",
    host="{receiver}",
    protocol="https",
    title="Your own server",
    description=(
        "An address of yours that takes POST requests. A member of an organisation gives it to `POST /webhooks` of the"
        " service `syndication` (or on the page) and is shown a secret, once."
    ),
    variables={"receiver": ("receiver.example", "The host of your receiver")},
    try_it=Path(__file__).with_name("webhooks.md").read_text("utf-8"),
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
    headers=_ON_NATS,
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
    headers=_ON_NATS,
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
    try_it="""To try it as a partner, whose place is kept while it is away, here or in another language:

```sh
.venv/bin/python -m local partners add acme --organisation Acme --contact me@acme.example
```

It shows a seed, once, and then all there is to type; `--in javascript` (or `go`, `cli`) chooses. Longer programs that
keep every event once, across restarts, are in [examples](../../services/syndication/docs/examples.md). How an operator
lets partners in is in [partners.md](../partners.md).
""",
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
    headers=_ON_NATS,
    extensions={"x-nats-stream": {"name": PUBLIC_STREAM, "domain": "practices", "durable": "ext-{partner}"}},
)

STREAM: Final = Channel(
    name="stream",
    server=HTTP,
    address="/events",
    title="The stream",
    summary="Every public event as it comes, as server-sent events; or the whole catalogue first, and then what comes.",
    description=(
        "`data` is the event, and the stream's events have no name: an `EventSource` hands all of them to `onmessage`,"
        " also a type that is new. Keep the last `id`; with it you come again where you were (browsers do so by"
        " themselves). An event without `data` moves the id on alone. The stream ends after a while and with a restart;"
        " come again after the milliseconds in `retry`. Status 410: what came after your id can no longer be told"
        " (ids of the events hold for 90 days): take the catalogue again, then follow. 503 means that there is no room"
        " just now; `Retry-After` says when to come again.\n\n"
        "With `from=start` you are told the latest event of each practice that is public, once, then `event: caught-up`"
        " and each event as it comes, `practice.withdrawn` among them. The same as one file is `GET /catalogue`:"
        ' a line each (NDJSON, gzip where you take it), and a last line `{"cursor": "…", "events": 123}`; without that'
        " line it was cut off. Give that cursor as `after=` to `/catalogue`, which tells what changed since, or as"
        " `last_event_id=` to `/events`, which goes on live. Cursors of the catalogue begin with `c-`, ids of events"
        " with `e-`: `/events` takes both, `/catalogue` its own.\n\n"
        "Filters let through what fits every parameter given, by any of its values: by what the practice is found under"
        " now, or was before. So you hear that a practice left: where it no longer fits, take it out."
    ),
    parameters={},
    headers={},
    method="GET",
    query={
        "type": ("What happened, such as `practice.published`; not with the catalogue", True),
        "kind": ("`practice`, `lesson_learned` or `joint_action`", True),
        "sector": ("Education sector, a code of `sectors`", True),
        "theme": ("A code of `themes`", True),
        "country": ("ISO 3166-1 alpha-2", True),
        "language": ("BCP 47; one without a region lets all its regions through", True),
        "organisation": (
            (
                "An organisation that took part: its `id` in the record, or where it has none its name in small"
                " letters, with a hyphen for what is no letter or digit; one that is not known yet lets nothing through"
            ),
            True,
        ),
        "from": ("`start`: the whole catalogue first", False),
        "last_event_id": ("The id of the last event that came; the header `Last-Event-ID` means the same", False),
    },
)

WEBHOOKS: Final = Channel(
    name="webhooks",
    server=RECEIVER,
    address=None,
    title="Webhooks",
    summary="Every public event that fits your filter, posted to you and tried again until you took it.",
    description=(
        "Each request is signed after Standard Webhooks: check the signature and the time before you believe it, answer"
        " with a status of 2xx within some seconds, and do the work afterwards. Know events by `webhook-id`: it is the"
        " event's `id`, the same at every attempt. While a secret is being replaced there are two signatures, with a"
        " space between; one that holds is enough. 410 ends the subscription. `webhook.pinged` comes when somebody asks"
        " for a test, whatever the filter: answer it as you answer all."
    ),
    parameters={},
    headers={
        "webhook-id": "The event's `id`, the same at every attempt",
        "webhook-timestamp": "When this attempt was made, in seconds since 1970; refuse one that is minutes away",
        "webhook-signature": "`v1,` and the HMAC-SHA256 of id, timestamp and body in base64; several with spaces",
        "content-type": f"`{CONTENT_TYPE}`",
    },
    method="POST",
    events=SENT_OUT,
)

SERVERS: Final = (HTTP, RECEIVER, NATS, PARTNERS)
CHANNELS: Final = (STREAM, WEBHOOKS, PRACTICES, SNAPSHOTS, DURABLE)
