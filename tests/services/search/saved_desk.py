"""People who save searches at a running search service, and what it says of news."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from nats.js import JetStreamContext

from shared.bus.topology import EVENTS
from shared.events.alerts import AlertRaised
from tests.services.search.desk import Desk
from tests.waiting import eventually

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Reader:
    """Somebody signed in."""

    desk: Desk
    who: str

    @property
    def id(self) -> str:
        return self.desk.issuer.person_id(self.who)

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = self.desk.issuer.headers(sub=self.who) | more.pop("headers", {})
        return await self.desk.client.request(method, path, headers=headers, **more)

    async def ok(self, method: str, path: str, **more: Any) -> Json:
        answer = await self.call(method, path, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        told: Json = answer.json() if answer.content else {}
        return told

    async def save(self, q: str = "", *, name: str = "Mine", frequency: str = "at_once", **filters: Any) -> Json:
        body = {"name": name, "q": q, "frequency": frequency, "filters": filters}
        return await self.ok("POST", "/saved-searches", json=body)

    async def change(self, search: Json, **changes: Any) -> Json:
        headers = {"If-Match": f'"{search["version"]}"'}
        return await self.ok("PATCH", f"/saved-searches/{search['id']}", json=changes, headers=headers)

    async def mine(self) -> list[Json]:
        items: list[Json] = (await self.ok("GET", "/saved-searches"))["items"]
        return items


@dataclass(slots=True, kw_only=True)
class Said:
    """What search says of news, read from the stream in order."""

    js: JetStreamContext
    events: list[Json] = field(default_factory=list)

    async def alerts(self) -> list[Json]:
        """Return the data of every alert so far."""
        last = (await self.js.stream_info(EVENTS)).state.last_seq
        found = [json.loads((await self.js.get_msg(EVENTS, number)).data or b"") for number in range(1, last + 1)]
        self.events = [event["data"] for event in found if event["type"] == AlertRaised.type]
        return self.events

    async def told(self) -> list[tuple[str, str, str]]:
        """Return practice, person and how soon, of every match so far."""
        return [
            (alert["practice_id"], match["person_id"], match["frequency"])
            for alert in await self.alerts()
            for match in alert["matches"]
        ]

    async def until(self, many: int) -> list[tuple[str, str, str]]:
        """Wait until so many matches were told."""

        async def there() -> list[tuple[str, str, str]] | None:
            told = await self.told()
            return told if len(told) >= many else None

        return list(await eventually(there, 20))
