"""``python -m tests.together``: all services in one process, as ``make demo`` runs them. ``PORTS`` says where."""

import asyncio
import json
import os
from contextlib import AsyncExitStack

from local.services import compositions
from shared.service import run


async def _main() -> None:
    ports: dict[str, int] = json.loads(os.environ["PORTS"])
    composed = compositions()
    async with AsyncExitStack() as stack:
        for name, port in ports.items():
            service = await composed[name]({**os.environ, "PORT": str(port)})
            await stack.enter_async_context(service.running())
        await asyncio.Event().wait()


if __name__ == "__main__":
    run(_main())
