"""That what a webhook was not sent, or sent wrongly, would be seen."""

import json
from datetime import UTC, datetime

from standardwebhooks import Webhook

from tests.compose.webhooks import PUBLISHED, Hook, Request, broken, told_of

HOOK = Hook(id="hook", secret="whsec_" + "c2VjcmV0" * 4)
OTHER = Hook(id="other", secret="whsec_" + "b3RoZXJz" * 4)


def sent(practice: str, version: int, *, hook: Hook = HOOK) -> Request:
    kind = PUBLISHED if version == 1 else "eu.practice-exchange.practice.confirmed.v1"
    event = {"type": kind, "subject": practice, "partitionkey": f"practice:{practice}", "aggregateversion": version}
    body, now, name = json.dumps(event), datetime.now(UTC), f"{practice}-{version}"
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(hook.secret).sign(name, now, body),
    }
    return {"headers": headers, "body": body}


def test_what_came_whole_is_well_and_so_is_what_came_again() -> None:
    requests = [sent("a", 1), sent("b", 1), sent("a", 2), sent("a", 1)]
    assert broken(HOOK, requests) == []
    assert told_of(requests) == {"a", "b"}


def test_a_later_event_is_no_publication() -> None:
    assert told_of([sent("a", 2)]) == set()


def test_what_came_before_its_turn_is_named() -> None:
    assert broken(HOOK, [sent("a", 2), sent("a", 1)]) == ["version 2 of practice:a was delivered after 0"]


def test_what_another_signed_is_named() -> None:
    assert broken(HOOK, [sent("a", 1, hook=OTHER)]) == ["a delivery of a-1 does not verify"]
