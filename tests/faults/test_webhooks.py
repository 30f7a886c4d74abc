"""The fault run of webhooks, in short; and that its check catches what it is for."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace

from services.syndication.webhooks.domain.signature import signed, written
from shared.clock import utc_now
from tests.faults.webhooks import Place, Said, play, violations
from tests.receivers import Received

SECRET = b"s" * 32
SAID = [Said(id=one, practice="p1", version=number) for number, one in enumerate("abc", start=1)]


def place(*acknowledged: str, ordered: bool = True) -> Place:
    attempts = [attempt(one) for one in acknowledged]
    return Place(
        number=1,
        is_ordered=ordered,
        endpoint={"secret": written(SECRET)},
        attempts=attempts,
        acknowledged=list(acknowledged),
    )


def attempt(event_id: str) -> Received:
    body = f'{{"id": "{event_id}"}}'.encode()
    headers = signed(event_id, utc_now(), body, [SECRET])
    return Received(path="/in", headers=headers, body=body, reader=asyncio.StreamReader.__new__(asyncio.StreamReader))


def test_the_check_catches_loss_disorder_another_id_and_a_signature_that_does_not_hold() -> None:
    good = place("a", "b", "b", "c")
    assert violations(SAID, [good, place("c", "b", "a", ordered=False)]) == []
    assert violations(SAID, [place("a", "b")]) == ["receiver 1 never acknowledged c"]
    (wrong,) = violations(SAID, [place("a", "c", "b")])[:1]
    assert "version 3 was acknowledged after 1" in wrong
    two = [Said(id="a", practice="p1", version=1), Said(id="b", practice="p2", version=1)]
    (wrong,) = violations(two, [place("a", "b"), place("b", "a")])
    assert "different orders" in wrong
    other = replace(good.attempts[0], headers={**good.attempts[0].headers, "webhook-id": "z"})
    found = violations(SAID, [replace(good, attempts=[*good.attempts, other])])
    assert any("carried the id z" in one for one in found)
    assert any("does not verify" in one for one in found)


async def test_a_deliverer_that_is_killed_loses_nothing_and_keeps_the_order() -> None:
    seed = secrets.randbelow(1_000_000)  # play says what it was
    assert await play(seed, seconds=6) == []
