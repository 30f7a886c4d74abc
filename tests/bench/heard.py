"""What NATS carries, for lives that go on when something happened instead of asking for it again and again."""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Self

import nats
from nats.aio.msg import Msg

from shared.bus.connect import servers_in
from tests.system import System

PATIENCE_SECONDS = 240.0


class Heard:
    """Cases that were opened, and practices that are in the catalogue, by their id."""

    def __init__(self) -> None:
        self._cases: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._practices: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, system: System) -> AsyncIterator[Self]:
        """Listen to it until the block ends."""
        heard = cls()
        connection = await nats.connect(servers_in(system.nats.url))
        try:
            await connection.subscribe("reviews.opened", cb=heard._opened)
            await connection.subscribe("catalogue.*", cb=heard._published)
            await connection.flush()
            yield heard
        finally:
            await connection.close()

    async def opened(self, case: str) -> None:
        """Return when the case was opened; TimeoutError when that does not happen."""
        await asyncio.wait_for(self._cases[case].wait(), PATIENCE_SECONDS)

    async def published(self, practice: str) -> None:
        """Return when the practice is in the catalogue; TimeoutError when that does not happen."""
        await asyncio.wait_for(self._practices[practice].wait(), PATIENCE_SECONDS)

    async def _opened(self, message: Msg) -> None:
        self._cases[json.loads(message.data)["subject"]].set()

    async def _published(self, message: Msg) -> None:
        self._practices[message.subject.rpartition(".")[2]].set()
