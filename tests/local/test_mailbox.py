"""The mailbox keeps what it is handed, shows it safely and throws old letters away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest

from local.free_ports import free_port
from local.mailbox.app import build_mailbox
from local.mailbox.letters import Letters
from local.mailbox.sink import receiving_mail


@pytest.fixture
def letters(tmp_path: Path) -> Letters:
    return Letters(tmp_path / "mail", most=5)


@pytest.fixture
async def smtp(letters: Letters) -> AsyncIterator[int]:
    port = free_port()
    async with receiving_mail(letters, port=port):
        yield port


@pytest.fixture
async def browser(letters: Letters) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_mailbox(letters))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8125", trust_env=False) as client:
        yield client


def letter(to: str = "ana@example.org", subject: str = "Votre contribution « Été »") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "post@example.org", to, subject
    message.set_content("Bonjour")
    message.add_alternative("<p>Bonjour <script>alert(1)</script></p>", subtype="html")
    return message


async def send(port: int, message: EmailMessage) -> None:
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False)


async def test_a_letter_arrives_as_it_was_sent(smtp: int, browser: httpx.AsyncClient) -> None:
    await send(smtp, letter())
    [kept] = (await browser.get("/api/messages", params={"to": "ana@example.org"})).json()["messages"]
    assert kept["subject"] == "Votre contribution « Été »"
    assert kept["recipients"] == ["ana@example.org"]
    whole = (await browser.get(f"/api/messages/{kept['id']}")).json()
    assert whole["text"] == "Bonjour\n"
    assert "<script>" in whole["html"]
    raw = await browser.get(f"/messages/{kept['id']}/raw")
    assert raw.headers["content-type"].startswith("text/plain")
    assert b"\r\nSubject: " in raw.content
    assert (await browser.get("/api/messages", params={"to": "other@example.org"})).json()["messages"] == []


async def test_letters_survive_a_restart_and_numbers_go_on(smtp: int, letters: Letters) -> None:
    await send(smtp, letter(subject="first"))
    again = Letters(letters._folder)
    assert [one.subject for one in again] == ["first"]
    assert again.keep("a@b", ["c@d"], letter(subject="second").as_bytes()).number == 2
    assert [one.subject for one in Letters(letters._folder)] == ["second", "first"]


async def test_old_letters_are_thrown_away(letters: Letters) -> None:
    for number in range(7):
        letters.keep("a@b", ["c@d"], letter(subject=str(number)).as_bytes())
    assert [one.subject for one in letters] == ["6", "5", "4", "3", "2"]
    assert len(list(letters._folder.iterdir())) == 10


async def test_a_letter_is_shown_without_its_scripts(smtp: int, browser: httpx.AsyncClient) -> None:
    await send(smtp, letter(subject="<b>bold</b>"))
    [kept] = (await browser.get("/api/messages")).json()["messages"]
    page = await browser.get(f"/messages/{kept['id']}")
    assert "<b>bold</b>" not in page.text
    assert "<script>" not in page.text
    assert 'sandbox title="The mail"' in page.text
    body = await browser.get(f"/messages/{kept['id']}/html")
    assert body.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "<b>bold</b>" not in (await browser.get("/")).text


@pytest.mark.parametrize(("address", "code"), [("bounce@example.org", 550), ("busy@example.org", 451)])
async def test_refusals_can_be_tried(smtp: int, letters: Letters, address: str, code: int) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(smtp, letter(to=address))
    assert [one.code for one in refused.value.recipients] == [code]
    assert len(letters) == 0


async def test_programs_can_empty_it(smtp: int, browser: httpx.AsyncClient, letters: Letters) -> None:
    await send(smtp, letter())
    assert (await browser.delete("/api/messages")).status_code == 204
    assert list(letters) == []
    assert list(letters._folder.iterdir()) == []
    assert (await browser.get("/messages/gone")).status_code == 404
