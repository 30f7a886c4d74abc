"""The rules of webhooks: when to try again, when to leave alone, how to sign, which secrets hold."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from services.syndication.domain.filters import Filter
from services.syndication.webhooks.domain.attempt import Answer, Outcome, outcome_of, quiet_until
from services.syndication.webhooks.domain.endpoint import Endpoint, SealedSecret, State
from services.syndication.webhooks.domain.schedule import JITTER, SCHEDULE, next_attempt
from services.syndication.webhooks.domain.signature import new_secret, signed, written
from services.syndication.webhooks.seal import Seal, Unsealable

NOW = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)


def test_the_schedule_is_that_of_the_standard_with_jitter() -> None:
    seconds = [int(one.total_seconds()) for one in SCHEDULE]
    assert seconds == [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    for attempts in range(1, len(SCHEDULE)):
        assert next_attempt(attempts, NOW, chance=0) == NOW + SCHEDULE[attempts]
        assert next_attempt(attempts, NOW, chance=1) == NOW + SCHEDULE[attempts] * (1 + JITTER)
    assert next_attempt(len(SCHEDULE), NOW, chance=0) is None


def test_who_asks_to_be_left_alone_is_tried_no_sooner() -> None:
    later = NOW + timedelta(hours=1)
    assert next_attempt(1, NOW, chance=0, quiet_until=later) == later
    assert next_attempt(9, NOW, chance=0, quiet_until=later) == NOW + timedelta(hours=24)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("120", 120),
        ("Mon, 09 Mar 2026 14:10:00 GMT", 600),
        ("999999999999", 86_400),
        ("Mon, 09 Mar 2026 13:00:00 GMT", None),
        ("0", None),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("9" * 400, 86_400),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(told: str, seconds: int | None) -> None:
    answer = Answer(outcome=Outcome.BUSY, status=429, headers={"retry-after": told})
    until = quiet_until(answer, NOW)
    assert until == (NOW + timedelta(seconds=seconds) if seconds else None)
    refused = Answer(outcome=Outcome.REFUSED, status=500, headers={"retry-after": told})
    assert quiet_until(refused, NOW) is None


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "delivered"),
        (204, "delivered"),
        (299, "delivered"),
        (300, "redirected"),
        (307, "redirected"),
        (400, "refused"),
        (410, "gone"),
        (429, "busy"),
        (500, "refused"),
        (503, "busy"),
    ],
)
def test_only_2xx_counts(status: int, outcome: str) -> None:
    assert outcome_of(status) == outcome


def test_the_vector_of_the_standard_is_signed_as_its_library_signs_it() -> None:
    # From the repository standard-webhooks/standard-webhooks, tests of its libraries.
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body, [secret])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_written_as_the_standard_has_it_and_verifies() -> None:
    secrets = [new_secret(), new_secret()]
    headers = signed("e1", datetime.now(UTC), b"{}", secrets)
    for secret in secrets:
        Webhook(written(secret)).verify("{}", headers)


def test_a_sealed_secret_opens_with_its_key_for_its_endpoint_only() -> None:
    seal, secret = Seal("k" * 32), new_secret()
    sealed = seal.close(secret, "w1")
    assert seal.open(sealed, "w1") == secret
    assert sealed != seal.close(secret, "w1")
    for other, endpoint_id in ((seal, "w2"), (Seal("l" * 32), "w1")):
        with pytest.raises(Unsealable):
            other.open(sealed, endpoint_id)
    with pytest.raises(Unsealable):
        seal.open(b"short", "w1")


def test_of_many_rotations_two_secrets_hold_at_most() -> None:
    endpoint = Endpoint(
        id="w1",
        organisation="org-a",
        owner_id="ana",
        name="x",
        url="https://x.example/",
        filter=Filter(),
        ordered=False,
        state=State.ACTIVE,
        secrets=(SealedSecret(sealed=b"0", made_at=NOW),),
        created_at=NOW,
        changed_at=NOW,
    )
    day, hour = timedelta(days=1), timedelta(hours=1)
    for number in range(1, 4):
        endpoint = endpoint.rotated(str(number).encode(), NOW + hour * number, overlap=day)
    assert [one.sealed for one in endpoint.holding(NOW + 4 * hour)] == [b"3", b"2"]
    assert [one.sealed for one in endpoint.holding(NOW + 3 * hour + day)] == [b"3"]
    assert endpoint.previous_secret(NOW + 3 * hour + day) is None
