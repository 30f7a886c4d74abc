"""The owner of an endpoint is told that nothing is sent there any more, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import pytest

from shared.events.webhooks import WebhookDisabled
from tests.services.notifications.desk import Desk

SITE = "https://practice-exchange.example"
REASONS: dict[Literal["exhausted", "failing", "gone"], str] = {
    "exhausted": "ten times",
    "failing": "for days",
    "gone": "410",
}


@pytest.mark.parametrize("reason", REASONS)
async def test_the_owner_gets_a_mail_that_says_why(desk: Desk, reason: Literal["exhausted", "failing", "gone"]) -> None:
    await desk.sign_in("ana")
    event = WebhookDisabled(
        endpoint_id="w1",
        name="Our <catalogue>",
        url="https://catalogue.example.org/in",
        organisation="org-a",
        owner_id=desk.id("ana"),
        reason=reason,
        failing_since=datetime(2026, 3, 2, tzinfo=UTC),
    )
    await desk.hear(event, "webhook:w1")
    await desk.send()
    (mail,) = desk.sink.to("ana@example.org")
    assert mail.subject == "Nothing is sent to Our <catalogue> any more"
    assert REASONS[reason] in mail.part("plain")
    assert f"{SITE}/webhooks/w1" in mail.part("plain")
    assert "Our &lt;catalogue&gt;" in mail.part("html")
    (notice,) = await desk.inbox("ana")
    assert (notice["kind"], notice["link"]) == ("webhook_disabled", f"{SITE}/webhooks/w1")
