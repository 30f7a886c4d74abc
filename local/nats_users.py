"""Who may do what on NATS: one user per service, each with the least it needs.

A service may publish the events of its own families and the dead letters of its own durables, fetch from and
acknowledge to its own durables by their exact names, and listen to its own inbox. NATS wildcards stand for whole tokens
(``EVENTS.review-*`` matches nothing), hence the names in full. The names come from the bus topology.

What this does not hold: whoever may fetch from a stream chooses the subject that JetStream replies to, unchecked. Our
services trust one another that far; an outsider who fetches needs an account of its own. ``observer`` cannot publish at
all, so it asks JetStream for nothing.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from local.nats_configuration import NatsUser
from shared.bus.connect import inbox_prefix
from shared.bus.topology import CATALOGUE, DEAD_LETTERS, DURABLES, EVENTS, FAMILIES, PUBLIC, Durable

PROVISION = "provision"
OPERATOR = "operator"
OBSERVER = "observer"

SAYS: Mapping[str, tuple[str, ...]] = {
    "submissions": ("submissions.>", "practices.>", "catalogue.*", "publications.submitted"),
    "review": ("reviews.>",),
    "notifications": ("publications.notified",),
    "search": ("alerts.>", "publications.indexed"),
    "syndication": ("webhooks.>",),
}
_READS: Mapping[str, tuple[str, ...]] = {"search": (CATALOGUE,), "syndication": (PUBLIC, CATALOGUE)}

_FILLS: Mapping[str, tuple[str, ...]] = {
    "submissions": (EVENTS, CATALOGUE),
    "review": (EVENTS,),
    "search": (EVENTS,),
    "syndication": (EVENTS,),
}


def users() -> tuple[NatsUser, ...]:
    """Every user: the services, ``provision``, ``operator`` and the read-only ``observer`` of public events."""
    return (*(_service(name, subjects) for name, subjects in SAYS.items()), _provision(), _operator(), _observer())


def passwords(file: Path, names: Iterable[str]) -> dict[str, str]:
    """Return each user's password from ``file``; missing ones are made and kept, readable by the owner only."""
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = {name: secrets.token_urlsafe(32) for name in names if name not in known}
    if missing:
        known |= missing
        part = file.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            json.dump(known, out, indent=2)
        part.replace(file)
    return known


def _service(name: str, subjects: tuple[str, ...]) -> NatsUser:
    own = tuple(durable for durable in DURABLES if durable.service == name)
    publish = [*subjects, f"dlq.{name}"]
    # Is it the stream that was published into before? Else it is filled again.
    publish += [f"$JS.API.STREAM.INFO.{stream}" for stream in _FILLS.get(name, ())]
    for durable in own:
        publish += _consume(durable)
    for stream in _READS.get(name, ()):
        publish += _read(stream)
    if name == "syndication":
        publish.append(f"$JS.API.CONSUMER.LIST.{PUBLIC}")  # what its partners have acknowledged, for receipts
    if name == "search":
        publish.append(f"$JS.API.CONSUMER.CREATE.{DEAD_LETTERS}.*.dlq.search")  # its own, for who looks after it
    return NatsUser(name=name, publish=tuple(publish), subscribe=_own_inbox(name))


def _own_inbox(name: str) -> tuple[str, ...]:
    return (f"{inbox_prefix(name)}.>",)


def _consume(durable: Durable) -> list[str]:
    place = f"{EVENTS}.{durable.name}"
    return [
        f"$JS.API.CONSUMER.MSG.NEXT.{place}",
        f"$JS.API.CONSUMER.INFO.{place}",
        # The watchdog of a service makes its own durable again when somebody deleted it.
        f"$JS.API.CONSUMER.CREATE.{place}.{durable.filter_subject}",
        f"$JS.ACK.{place}.>",
        f"dlq.{durable.name}",
        # For its status: how old the oldest event is that waits (every service says or hears all that is in there),
        # and its own dead letters, by the subject that the server holds the request to.
        f"$JS.API.DIRECT.GET.{EVENTS}",
        f"$JS.API.CONSUMER.CREATE.{DEAD_LETTERS}.*.dlq.{durable.name}",
    ]


def _read(stream: str) -> list[str]:
    """What an ordered or ephemeral consumer of a stream asks for."""
    return [
        f"$JS.API.STREAM.INFO.{stream}",
        f"$JS.API.STREAM.MSG.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}.>",
        f"$JS.API.CONSUMER.CREATE.{stream}",
        f"$JS.API.CONSUMER.CREATE.{stream}.>",
        f"$JS.API.CONSUMER.INFO.{stream}.*",
        f"$JS.API.CONSUMER.DELETE.{stream}.*",
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.*",
        f"$JS.ACK.{stream}.>",
        f"$JS.FC.{stream}.>",
    ]


def _provision() -> NatsUser:
    """Makes and repairs streams and durables; neither reads, writes nor deletes what is in them."""
    return NatsUser(
        name=PROVISION,
        publish=(
            "$JS.API.INFO",
            "$JS.API.STREAM.NAMES",
            "$JS.API.STREAM.LIST",
            "$JS.API.STREAM.INFO.*",
            "$JS.API.STREAM.CREATE.*",
            "$JS.API.STREAM.UPDATE.*",
            "$JS.API.CONSUMER.NAMES.*",
            "$JS.API.CONSUMER.LIST.*",
            "$JS.API.CONSUMER.INFO.*.*",
            "$JS.API.CONSUMER.CREATE.>",
            "$JS.API.CONSUMER.DURABLE.CREATE.*.*",
        ),
        subscribe=_own_inbox(PROVISION),
    )


def _operator() -> NatsUser:
    """A person who repairs: replays or discards dead letters and publishes again what JetStream lost."""
    said = (*(f"{family}.>" for family in FAMILIES), "catalogue.*", "dlq.>", "discarded.>")
    return NatsUser(name=OPERATOR, publish=("$JS.API.>", "$JS.ACK.>", *said), subscribe=_own_inbox(OPERATOR))


def _observer() -> NatsUser:
    """Another system that listens to the public events and says nothing."""
    return NatsUser(name=OBSERVER, publish=(), subscribe=("practices.>", *_own_inbox(OBSERVER)))
