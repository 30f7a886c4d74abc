"""Short programs that hear a channel, as the public page shows them; the tests run them as they stand there."""

from typing import Final

from shared.bus.partners.snippets import program

_CONNECT: Final = """\
import asyncio
import json
import os

import nats


async def main() -> None:
    user = os.environ["NATS_USER"]
    connection = await nats.connect(
        os.environ["NATS_URL"],
        user=user,
        password=os.environ["NATS_PASSWORD"],
        inbox_prefix=f"_INBOX.{user}".encode(),
    )
"""

_PRACTICES: Final = """\
    known = set()  # in your database, in the transaction of what you do with the event
    events = await connection.subscribe("practices.*")
    async for message in events.messages:
        event = json.loads(message.data)
        if event["id"] not in known:
            known.add(event["id"])
            print(event["type"], event["subject"], flush=True)
"""

_CATALOGUE: Final = """\
    events = await connection.jetstream().subscribe("catalogue.*", stream="CATALOGUE", ordered_consumer=True)
    async for message in events.messages:
        event = json.loads(message.data)
        practice = event["data"].get("practice")
        if practice is None:
            print("taken down:", event["subject"], flush=True)
        else:
            print(practice["state"], practice["address"], flush=True)
"""

_RUN: Final = """\


asyncio.run(main())
"""

PROGRAMS: Final = {
    "practices": f"{_CONNECT}{_PRACTICES}{_RUN}",
    "catalogue": f"{_CONNECT}{_CATALOGUE}{_RUN}",
    "durable": program("python", "ext-acme"),
}
