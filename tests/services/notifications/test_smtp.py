"""Each way a relay may answer, or not, and what that makes of an attempt."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from local.free_ports import free_port
from services.notifications.domain.addresses import read_address
from services.notifications.domain.ledger import Verdict
from services.notifications.smtp import Connection, Envelope, relay_at
from tests.services.notifications.sink import DROP, Sink, running_sink

MAIL = Envelope(
    sender=read_address("no-reply@practice-exchange.example"),
    recipient=read_address("ana@example.org"),
    content=b"Subject: Hello\r\n\r\n.\r\n..dots\r\n",
)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with running_sink() as sink:
        yield sink


def connect(sink: Sink, timeout: float = 5.0) -> Connection:
    return Connection(relay_at(sink.url), greeting="practice-exchange.example", timeout=timeout)


async def test_mails_go_over_one_connection_as_they_are(sink: Sink) -> None:
    connection = connect(sink)
    for _ in range(3):
        assert (await connection.send(MAIL)).verdict is Verdict.ACCEPTED
    await connection.close()
    assert sink.connections == 1
    assert [mail.raw for mail in sink.accepted] == [MAIL.content] * 3


@pytest.mark.parametrize(
    ("answer", "verdict", "address"),
    [
        ("451 4.3.0 later", Verdict.NOT_NOW, False),
        ("452 4.2.2 mailbox full", Verdict.NOT_NOW, False),
        ("550 5.1.1 no such user", Verdict.REFUSED, True),
        ("550 no such user", Verdict.REFUSED, True),
        ("550 5.7.1 not allowed to relay", Verdict.REFUSED, False),
    ],
)
async def test_a_refused_recipient(sink: Sink, answer: str, verdict: Verdict, *, address: bool) -> None:
    connection = connect(sink)
    sink.recipient_answers.append(answer)
    outcome = await connection.send(MAIL)
    assert (outcome.verdict, outcome.address, outcome.reason) == (verdict, address, answer)
    assert not sink.mails
    assert (await connection.send(MAIL)).verdict is Verdict.ACCEPTED, "the connection is fit for the next"
    assert sink.connections == 1
    await connection.close()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("451 4.3.0 later", Verdict.NOT_NOW), ("550 5.7.1 looks like spam", Verdict.REFUSED), (DROP, Verdict.UNCLEAR)],
)
async def test_a_refused_text(sink: Sink, answer: str, verdict: Verdict) -> None:
    connection = connect(sink)
    sink.text_answers.append(answer)
    outcome = await connection.send(MAIL)
    assert (outcome.verdict, outcome.address) == (verdict, False)
    assert len(sink.mails) == 1
    assert (await connection.send(MAIL)).verdict is Verdict.ACCEPTED
    await connection.close()


async def test_a_relay_that_is_away_is_not_the_mails_fault() -> None:
    nowhere = relay_at(f"smtp://127.0.0.1:{free_port()}")
    outcome = await Connection(nowhere, greeting="x.example", timeout=2).send(MAIL)
    assert (outcome.verdict, outcome.relay) == (Verdict.NOT_NOW, True)


async def test_a_connection_closed_while_idle_is_opened_again(sink: Sink) -> None:
    connection = connect(sink)
    await connection.send(MAIL)
    sink.hang_up()
    assert (await connection.send(MAIL)).verdict is Verdict.ACCEPTED
    assert (sink.connections, len(sink.mails)) == (2, 2)
    await connection.close()


async def test_an_address_beyond_ascii_needs_a_relay_that_takes_it(sink: Sink) -> None:
    greek = Envelope(sender=MAIL.sender, recipient=read_address("δοκιμή@example.org"), content="ü".encode())
    connection = connect(sink)
    assert (await connection.send(greek)).verdict is Verdict.ACCEPTED
    assert sink.accepted[0].recipient == "δοκιμή@example.org"
    await connection.close()
    async with running_sink(smtputf8=False) as plain:
        connection = connect(plain)
        outcome = await connection.send(greek)
        assert outcome.verdict is Verdict.REFUSED
        assert "SMTPUTF8" in outcome.reason
        assert (await connection.send(MAIL)).verdict is Verdict.ACCEPTED
        await connection.close()


def test_relays_are_written_as_addresses() -> None:
    plain = relay_at("smtp://relay.example")
    assert (plain.host, plain.port, plain.tls, plain.starttls, plain.user) == ("relay.example", 25, False, None, None)
    secret = relay_at("smtp://a%40b:p%3Aq@relay.example:587")
    assert (secret.user, secret.password, secret.starttls) == ("a@b", "p:q", True), "a password is never sent in clear"
    assert relay_at("smtp://a:b@127.0.0.1:25").starttls is None
    assert (relay_at("smtps://relay.example").port, relay_at("smtps://relay.example").tls) == (465, True)
