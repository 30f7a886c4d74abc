"""``python -m tests.shared.bus.dying MONGODB_URL DATABASE NATS_URL``: a consumer whose process dies of an event.

It dies of each delivery of the second version of anything to its handler. ``MAX_DELIVERIES`` bounds how often.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import shared.bus.consumer
from shared.bus.together import Handler
from shared.events.envelope import Received
from shared.store.outbox import Transaction
from tests.shared.bus.house import House, open_house

DIED = 70
DEADLY_VERSION = 2


async def _main(mongodb_url: str, database: str, nats_url: str) -> None:
    async with open_house(mongodb_url, database, nats_url, new=False) as house, house.running(_dying(house)):
        await asyncio.Event().wait()


def _dying(house: House) -> Handler:
    async def handle(event: Received[Any], tx: Transaction) -> None:
        if event.version == DEADLY_VERSION:
            os._exit(DIED)
        await house.note(event, tx)

    return handle


if __name__ == "__main__":
    shared.bus.consumer.MAX_DELIVERIES = int(os.environ["MAX_DELIVERIES"])
    asyncio.run(_main(*sys.argv[1:]))
