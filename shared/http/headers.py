"""Headers that keep answers from being sniffed, framed, cached or run: this is an API, not a page. Pure ASGI."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-site"),
)
# Unless a route says otherwise (public practices may be cached), nobody keeps an answer.
_UNLESS_SAID = (b"cache-control", b"no-store")


class SecurityHeaders:
    """Middleware: adds what a route did not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                said = {name for name, _ in headers}
                headers += [one for one in (*_ALWAYS, _UNLESS_SAID) if one[0] not in said]
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
