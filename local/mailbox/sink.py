"""A mail server that takes every letter and sends none on.

To try what happens otherwise: an address that begins with ``bounce`` is refused for good (550), one that begins with
``busy`` is put off (451).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP

from local.mailbox.letters import Letters

LARGEST_LETTER = 10 * 1024 * 1024


class Sink:
    """What the SMTP conversation does with a letter (aiosmtpd calls the methods by these names)."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if address.startswith("bounce"):
            return "550 5.1.1 No such person here"
        if address.startswith("busy"):
            return "451 4.3.2 Come back later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802
        letter = self._letters.keep(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content)
        return f"250 OK kept as {letter.id}"


@asynccontextmanager
async def receiving_mail(letters: Letters, *, port: int) -> AsyncIterator[None]:
    """Take SMTP connections on the loopback while inside."""
    loop = asyncio.get_running_loop()
    sink = Sink(letters)
    conversations: set[asyncio.BaseTransport] = set()

    class Conversation(SMTP):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            conversations.add(transport)
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            if self.transport:
                conversations.discard(self.transport)
            super().connection_lost(error)

    def conversation() -> SMTP:
        return Conversation(
            sink,
            hostname="localhost",
            ident="demo mailbox",
            data_size_limit=LARGEST_LETTER,
            enable_SMTPUTF8=True,
            loop=loop,
        )

    server = await loop.create_server(conversation, host="127.0.0.1", port=port)
    try:
        yield
    finally:
        server.close()
        for transport in tuple(conversations):
            transport.close()
        await server.wait_closed()
