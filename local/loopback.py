"""A guard for what is meant for one machine: the demo sign-in, whose passwords are public, and the mailbox."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = {
    b"cache-control": b"no-store",
    b"pragma": b"no-cache",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
}


class NotLoopback(ValueError):
    """Something of the demo was told to listen where others could reach it."""


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address stays on this machine.

    Names under ``localhost`` do (RFC 6761, section 6.3).
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def loopback_only(host: str) -> str:
    """Return the host; raises NotLoopback unless it stays on this machine."""
    if not is_loopback(host):
        raise NotLoopback(f"the demo listens on 127.0.0.1 only, not on {host!r}: its passwords are public")
    return host


class Loopback:
    """Refuses connections that did not come over the loopback and hosts that only pretend to be this machine.

    The second half matters: a foreign name that resolves to 127.0.0.1 (DNS rebinding) would get pages and tokens.
    It also puts the headers on that keep answers out of caches, frames and referrers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        named = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        addresses = [urlsplit(f"//{named}").hostname or "", (scope.get("server") or ("",))[0]]
        if not all(is_loopback(address) for address in addresses):
            await PlainTextResponse("The demo is for this machine only.\n", 403)(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                added = [(name, value) for name, value in SAFE.items() if name not in present]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self._app(scope, receive, send_safely)
