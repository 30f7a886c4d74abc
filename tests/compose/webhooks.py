"""An organisation's webhook on a cluster: who delivers may go at any moment, and each event arrives, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks import Webhook

from tests.compose.installation import Installation, output_of
from tests.compose.receiver import PORT

ADDRESS = f"http://receiver:{PORT}/practices"
Request = Mapping[str, Any]
PUBLISHED = "eu.practice-exchange.practice.published.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """``secret`` is what its deliveries are signed with."""

    id: str
    secret: str


async def ask_for_deliveries(client: httpx.AsyncClient) -> Hook:
    """Have every event sent to the receiver, in order."""
    answer = await client.post("/webhooks", json={"name": "The receiver", "url": ADDRESS, "ordered": True})
    answer.raise_for_status()
    return Hook(id=answer.json()["id"], secret=answer.json()["secret"])


def delivered(made: Installation) -> Sequence[Request]:
    """Return the requests that the receiver took, each its headers and body, in the order of their coming."""
    (receiver,) = made.copies("receiver")
    return [json.loads(line) for line in output_of(["docker", "logs", receiver], seconds=120).splitlines()]


def told_of(requests: Sequence[Request]) -> set[str]:
    """Return the ids of the practices whose publication was delivered."""
    return {event["subject"] for event in _events(requests) if event["type"] == PUBLISHED}


def broken(hook: Hook, requests: Sequence[Request]) -> list[str]:
    """Name, in words, what was delivered without a signature that holds, or out of its practice's order."""
    wrong = [
        f"a delivery of {request['headers']['webhook-id']} does not verify"
        for request in requests
        if not _is_signed(hook, request)
    ]
    seen: dict[str, int] = {}
    for event in _events(requests):
        # One that came before comes again where its sender ended before it had noted the answer.
        about, version = event["partitionkey"], event["aggregateversion"]
        if version > (before := seen.get(about, 0)) + 1:
            wrong.append(f"version {version} of {about} was delivered after {before}")
        seen[about] = max(before, version)
    return wrong


def _is_signed(hook: Hook, request: Request) -> bool:
    """Whether it is signed with the secret. Receivers check its age too, which is the journey's here."""
    headers = request["headers"]
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signature = Webhook(hook.secret).sign(headers["webhook-id"], at, request["body"])
    return signature in headers["webhook-signature"].split()


def _events(requests: Sequence[Request]) -> Iterator[dict[str, Any]]:
    yield from (json.loads(request["body"]) for request in requests)
