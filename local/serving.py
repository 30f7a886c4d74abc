"""The demo's own web applications on this event loop, run as the services are."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TextIO

from fastapi import FastAPI

from shared.service import Service
from shared.settings import Settings
from shared.telemetry.logs import configure


def serving(name: str, app: FastAPI, *, port: int, log: TextIO) -> AbstractAsyncContextManager[None]:
    """Serve ``app`` on the loopback while inside."""

    async def nothing() -> None:
        """It holds no connections."""

    settings = Settings(host="127.0.0.1", port=port)
    return Service(name=name, settings=settings, app=app, log=configure(name, stream=log), close=nothing).running()
