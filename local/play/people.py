"""A person at the demo: signed in through the provider's pages, calling the services' public HTTP APIs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic
from typing import Any

import httpx

from local.idp.accounts import PASSWORD, Account, Accounts
from local.play.place import Place
from local.sign_in import Client, sign_in

FRESH_SECONDS = 480.0  # tokens live for ten minutes


class Refused(Exception):
    """A service did not do what the story needs; ``status`` and ``problem`` are its answer (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any], call: str) -> None:
        details = [f"{error.get('pointer')}: {error.get('message')}" for error in problem.get("errors", ())]
        said = problem.get("detail") or problem.get("title")
        details += [f"trace {problem['trace_id']}"] if "trace_id" in problem else []
        super().__init__(f"{call} answered {status}: {said} {'; '.join(details)}".strip())
        self.status = status
        self.problem = problem


class Person:
    """One demo account with a browser of its own."""

    def __init__(self, account: Account, house: Place, http: httpx.AsyncClient) -> None:
        self.account = account
        self._house = house
        self._http = http
        self._token = ""
        self._signed_in = float("-inf")

    @property
    def name(self) -> str:
        return self.account.name

    async def sign_in(self) -> None:
        """Sign in as people do; raises SignInFailed."""
        client = Client(client_id="practice-exchange-demo", redirect_uri=f"{self._house.address('web')}/signed-in")
        answer = await sign_in(self._http, self._house.issuer, client, login=self.account.login, password=PASSWORD)
        self._token = answer["access_token"]
        self._signed_in = monotonic()

    async def call(
        self,
        method: str,
        service: str,
        path: str,
        body: Any = None,
        *,
        version: int | None = None,
        once: str | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Any:
        """Call a service and return the JSON of its answer, None for an empty one; raises Refused.

        ``version`` goes into If-Match, ``once`` is the Idempotency-Key: a repeated call then does nothing twice.
        """
        headers = {"If-Match": f'"{version}"'} if version is not None else {}
        if once is not None:
            headers["Idempotency-Key"] = once
        answer = await self._send(method, service, path, json=body, headers=headers, params=query)
        return answer.json() if answer.content else None

    async def read(self, service: str, path: str) -> tuple[Any, int]:
        """Return what is there and its version, which a change has to name."""
        answer = await self._send("GET", service, path)
        return answer.json(), int(answer.headers["etag"].strip('"'))

    async def every(self, service: str, path: str, query: Mapping[str, str | int] | None = None) -> list[Any]:
        """Return the items of all pages of a list."""
        items: list[Any] = []
        asked: dict[str, str | int] = {"limit": 100, **(query or {})}
        while True:
            page = await self.call("GET", service, path, query=asked)
            items += page["items"]
            if not page.get("next"):
                return items
            asked["cursor"] = page["next"]

    async def _send(self, method: str, service: str, path: str, **more: Any) -> httpx.Response:
        if monotonic() - self._signed_in > FRESH_SECONDS:
            await self.sign_in()
        headers = {"Authorization": f"Bearer {self._token}", **more.pop("headers", {})}
        answer = await self._http.request(method, self._house.address(service) + path, headers=headers, **more)
        if answer.is_error:
            is_json = "json" in answer.headers.get("content-type", "")
            problem = answer.json() if is_json else {"detail": answer.text[:300]}
            raise Refused(answer.status_code, problem, f"{method} {service} {path}")
        return answer


@asynccontextmanager
async def everybody(house: Place) -> AsyncIterator[dict[str, Person]]:
    """All demo accounts by their ``sub``, not signed in yet."""
    async with AsyncExitStack() as stack:
        people = {}
        for account in Accounts.load():
            http = await stack.enter_async_context(browser(house))
            people[account.sub] = Person(account, house, http)
        yield people


def browser(place: Place) -> httpx.AsyncClient:
    """An HTTP client for a place's own addresses, which it reaches without a proxy of the environment.

    It gives an idle connection up before the services do (5 s): one that both give up at once loses a request.
    """
    limits = httpx.Limits(keepalive_expiry=2.0)
    # Where all is plain http, no certificates are loaded, which takes long.
    return httpx.AsyncClient(timeout=30, verify=place.tls or False, trust_env=False, limits=limits)
