"""Answers about endpoints: as they are, after a change, with a new secret."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from services.syndication.webhooks.domain.endpoint import Endpoint
from services.syndication.webhooks.manage import Managing
from services.syndication.webhooks.views import told
from shared.errors import Conflict
from shared.http.access import Principal
from shared.http.etag import etag
from shared.http.idempotency import REPLAYED, idempotently
from shared.http.reply import JsonResponse, Reply, response_of
from shared.store.client import Store
from shared.store.outbox import Transaction

_NO_STORE: Final = {"Cache-Control": "no-store"}
_KEPT: Final = ("etag", "location", REPLAYED)

Change = Callable[[Transaction], Awaitable[Endpoint]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    store: Store
    managing: Managing

    async def of(self, endpoint: Endpoint, who: Principal) -> Response:
        (item,) = await told(self.managing.hooks.deliveries, [endpoint], who, self.store.clock())
        return JsonResponse(item, headers={"ETag": etag(endpoint.version)})

    async def changed(self, request: Request, who: Principal, change: Change) -> Response:
        """Change an endpoint, once per idempotency key, and answer with what it is now."""

        async def act(tx: Transaction) -> Reply:
            endpoint = await change(tx)
            (item,) = await told(self.managing.hooks.deliveries, [endpoint], who, tx.now)
            return Reply(body=item, headers={"ETag": etag(endpoint.version)})

        return await idempotently(request, who, self.store, act)

    async def with_secret(self, answer: Response) -> Response:
        """Add the secret to an answer. It is read from the endpoint, so that no record of an idempotency key holds it.

        A request sent again is told it again for as long as it is the newest; Conflict afterwards.
        """
        body = json.loads(bytes(answer.body))
        endpoint = await self.managing.hooks.endpoints.get(body["id"])
        made_at = datetime.fromisoformat(body["secret_made_at"])
        if endpoint is None or endpoint.secrets[0].made_at != made_at:
            raise Conflict("The secret that this request made is no longer the newest, and is not told again.")
        headers = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
        whole = Reply(body={**body, "secret": self.managing.secret_of(endpoint)}).encoded()
        return response_of(answer.status_code, whole, headers | _NO_STORE)
