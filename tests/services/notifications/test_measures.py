"""What the metrics tell of mails that wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.figures import figures
from tests.services.notifications.desk import Desk
from tests.services.notifications.voices import Voice


async def test_what_waits_and_what_does_not_go(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    none = dict.fromkeys(
        ("mails_waiting", "mails_retrying", "mails_oldest_age_seconds", "mails_held", "mails_unknown"), 0.0
    )
    assert await figures(desk.client, monkeypatch, "mails") == none
    await desk.sign_in("rita", roles=["reviewer"])
    await desk.hear(Voice("c1", "somebody").claimed(desk.id("nobody"), desk.clock.now + timedelta(days=14)))
    await desk.hear(Voice("c2", "somebody").claimed(desk.id("rita"), desk.clock.now + timedelta(days=14)))
    await desk.tick(days=11)
    told = await figures(desk.client, monkeypatch, "mails")
    assert told == none | {"mails_held": 1}
    monkeypatch.setattr(type(desk), "send", _nobody_sends)
    await desk.hear(Voice("c3", "somebody").claimed(desk.id("rita"), desk.clock.now + timedelta(days=14)))
    await desk.tick(days=11)
    desk.clock.pass_(hours=2)
    told = await figures(desk.client, monkeypatch, "mails")
    assert (told["mails_waiting"], told["mails_retrying"], told["mails_oldest_age_seconds"]) == (
        2,
        0,
        7200,
    )  # one is due soon, one is over


async def _nobody_sends(_: Desk) -> int:
    return 0
