"""Headers that keep our pages from being framed, sniffed, or made to run anything that is not ours. Pure ASGI.

The Content-Security-Policy (Level 3) allows our own files and nothing else: no inline script, no inline style.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class PageHeaders:
    """Middleware: adds what a route did not set itself. ``form_targets`` are other origins that forms may lead to."""

    def __init__(self, app: ASGIApp, *, form_targets: tuple[str, ...], secure: bool) -> None:
        self._app = app
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
            f" form-action 'self' {' '.join(form_targets)}; manifest-src 'self'; base-uri 'none';"
            " frame-ancestors 'none'"
        )
        self._always = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
            (b"cache-control", b"no-store"),
        ]
        if secure:
            self._always.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                said = {name for name, _ in headers}
                message["headers"] = headers + [one for one in self._always if one[0] not in said]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
