"""Places of partners: their durables are gone with the public stream, and are made again in the one in its place.

What they were is remembered from having looked, so nobody has to be told where the partners file is. A durable that is
gone while its stream stays was revoked, and is forgotten.
"""

from __future__ import annotations

from datetime import datetime

from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig
from nats.js.errors import NotFoundError
from structlog.typing import FilteringBoundLogger

from shared.bus.partners.partner import PREFIX
from shared.bus.topology import PUBLIC, made_at


class Places:
    """Remembers the durables of all partners for as long as it lives."""

    def __init__(self, js: JetStreamContext, *, log: FilteringBoundLogger) -> None:
        self._js = js
        self._log = log
        self._known: dict[str, ConsumerConfig] = {}
        self._made: datetime | None = None

    async def look(self) -> None:
        """Remember what is there; in another stream make again first what was in the last one.

        Raises an error of nats-py when that cannot be done; nothing is forgotten then.
        """
        made = made_at(await self._js.stream_info(PUBLIC))
        there = await self._there()
        away = sorted(self._known.keys() - there.keys())
        if self._made not in {None, made}:
            for name in away:
                await self._js.add_consumer(PUBLIC, self._known[name])
            if away:
                self._log.critical("places of partners are made again", durables=away)
        else:
            for name in away:
                if await self._is_gone(name):
                    del self._known[name]
        self._known |= there
        self._made = made

    async def _there(self) -> dict[str, ConsumerConfig]:
        """Return the durables that are told of; in a cluster with a node down some may be left out."""
        found: dict[str, ConsumerConfig] = {}
        offset = 0
        while page := await self._js.consumers_info(PUBLIC, offset):
            offset += len(page)
            found |= {info.name: info.config for info in page if info.config and info.name.startswith(PREFIX)}
        return found

    async def _is_gone(self, name: str) -> bool:
        try:
            await self._js.consumer_info(PUBLIC, name)
        except NotFoundError:
            return True
        return False
