"""Addresses that pages of any origin may read: what is public anyway, without credentials (Fetch standard, CORS).

Pure ASGI. Everything else stays as it is: what takes a token is not for other people's pages.
"""

from collections.abc import Sequence
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_HEADERS_SENT: Final = ("Last-Event-ID", "If-None-Match", "If-Modified-Since")
_HEADERS_READ: Final = ("ETag", "Link", "Retry-After", "X-Trace-Id")


class OpenToEveryOrigin:
    """Middleware: ``paths`` are addresses; one that ends in a slash stands for everything below it."""

    def __init__(self, app: ASGIApp, *, paths: Sequence[str]) -> None:
        self._app = app
        self._open = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "HEAD"],
            allow_headers=_HEADERS_SENT,
            expose_headers=_HEADERS_READ,
            max_age=24 * 3600,
        )
        self._exact = frozenset(path for path in paths if not path.endswith("/"))
        self._below = tuple(path for path in paths if path.endswith("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._open if scope["type"] == "http" and self._is_open(scope["path"]) else self._app
        await app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return path in self._exact or (bool(self._below) and path.startswith(self._below))
