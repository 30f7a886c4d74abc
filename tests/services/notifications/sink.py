"""A mail relay that keeps the bytes it is given and answers as a test wants."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as it came over the wire."""

    recipient: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        assert not parsed.defects
        return parsed

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    def part(self, subtype: str) -> str:
        body = self.message.get_body((subtype,))
        assert body is not None
        return str(body.get_content())

    def header(self, name: str) -> bytes:
        """Return one header line as it stood on the wire, with its line ends, unfolded by nobody."""
        head = self.raw.partition(b"\r\n\r\n")[0] + b"\r\n"
        start = head.index(b"\r\n" + name.encode() + b":") + 2
        end = start
        while True:
            end = head.index(b"\r\n", end) + 2
            if head[end : end + 1] not in (b" ", b"\t"):
                return head[start:end]


@dataclass(slots=True)
class Sink:
    """``mails`` holds what was handed over, also when the answer was a refusal or none.

    ``recipient_answers`` and ``text_answers`` are given in turn to RCPT and after the text, then 250; ``DROP`` cuts the
    connection instead. ``on_text`` is called between the text and its answer.
    """

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    accepted: list[Mail] = field(default_factory=list)
    recipient_answers: deque[str] = field(default_factory=deque)
    text_answers: deque[str] = field(default_factory=deque)
    connections: int = 0
    on_text: Callable[[], None] | None = None
    sessions: list[SMTP] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        answer = self.recipient_answers.popleft() if self.recipient_answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.original_content, bytes)
        mail = Mail(recipient=str(envelope.rcpt_tos[0]), raw=envelope.original_content)
        self.mails.append(mail)
        if self.on_text:
            self.on_text()
        answer = self.text_answers.popleft() if self.text_answers else "250 OK"
        if answer == DROP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        elif answer.startswith("250"):
            self.accepted.append(mail)
        return answer

    def hang_up(self) -> None:
        """Close every connection, as relays do with idle ones."""
        for session in self.sessions:
            if session.transport is not None:
                session.transport.close()

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in self.accepted if mail.recipient == address]


@asynccontextmanager
async def running_sink(*, smtputf8: bool = True, port: int = 0, sink: Sink | None = None) -> AsyncIterator[Sink]:
    sink = sink or Sink()

    def session() -> Any:
        sink.connections += 1
        made = SMTP(sink, enable_SMTPUTF8=smtputf8, decode_data=False, hostname="sink.example")
        sink.sessions.append(made)
        return made

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", port)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        sink.hang_up()
        server.close()
        await server.wait_closed()
