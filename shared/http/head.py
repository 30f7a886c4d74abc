"""HEAD wherever there is GET (RFC 9110, section 9.3.2): the same headers, no content. Pure ASGI."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# In the scope of such a request, for an answer that would go on for ever.
ASKED_BY_HEAD: Final = "practice_exchange.asked_by_head"


class HeadAsGet:
    """Middleware: lets the GET route answer a HEAD request and keeps its content back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_content(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET", ASKED_BY_HEAD: True}, receive, without_content)
