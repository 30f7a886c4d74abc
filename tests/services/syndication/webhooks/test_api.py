"""Endpoints over HTTP: whose they are, what they may be, and that a secret is shown once and kept sealed."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from services.syndication.webhooks.manage import MOST_EACH
from tests.access_table import assert_access_holds, assert_hidden_from_strangers
from tests.http_fuzz import assert_api_holds
from tests.services.syndication.webhooks.desk import ANA, BEN, ISSUER, Desk, open_desk

COORDINATOR = {"sub": "cora", "organisation": "org-c", "roles": ["coordinator"]}
ADMINISTRATOR = {"sub": "adam", "organisation": None, "roles": ["administrator"]}


async def test_an_endpoint_is_made_read_changed_and_removed(desk: Desk) -> None:
    filters = {"types": ["practice.published"], "countries": ["fi"], "languages": ["pt-BR"]}
    made = await desk.make(filters=filters, ordered=True)
    assert made["filters"]["countries"] == ["FI"]
    assert (made["organisation"], made["state"], made["waiting"]) == ("org-a", "active", 0)
    path = f"/webhooks/{made['id']}"
    read = await desk.call("GET", path)
    assert read.headers["etag"] == '"1"'
    assert read.json() == {name: value for name, value in made.items() if name != "secret"}

    stale = await desk.call("PATCH", path, json={"name": "x"}, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["version"]) == (412, 1)
    changed = await desk.call(
        "PATCH", path, json={"name": "New", "filters": {}, "ordered": False}, headers={"If-Match": '"1"'}
    )
    assert changed.status_code == 200, changed.text
    told = changed.json()
    assert (told["name"], told["url"], told["ordered"], told["version"]) == ("New", made["url"], False, 2)
    assert not any(told["filters"].values())
    gone = await desk.call("DELETE", path, headers={"If-Match": '"2"'})
    assert gone.status_code == 204
    assert (await desk.call("GET", path)).status_code == 404


async def test_the_people_of_an_organisation_share_its_endpoints_and_nobody_else_knows_of_them(desk: Desk) -> None:
    mine = await desk.make()
    theirs = await desk.make(BEN)
    colleague = {"sub": "aki", "organisation": "org-a"}

    async def listed(who: dict[str, Any], query: str = "") -> list[str]:
        return [one["id"] for one in (await desk.call("GET", f"/webhooks{query}", who)).json()["items"]]

    assert await listed(ANA) == await listed(colleague) == [mine["id"]]
    assert await listed(ANA, "?organisation=org-b") == [mine["id"]]
    assert await listed(COORDINATOR) == await listed(ADMINISTRATOR) == [mine["id"], theirs["id"]]
    assert await listed(COORDINATOR, "?organisation=org-b") == [theirs["id"]]
    assert await listed({"sub": "solo", "organisation": None}) == []
    first = (await desk.call("GET", "/webhooks?limit=1", COORDINATOR)).json()
    assert await listed(COORDINATOR, f"?limit=1&cursor={first['next']}") == [theirs["id"]]

    told = (await desk.call("GET", f"/webhooks/{mine['id']}", colleague)).json()
    assert (told["is_owner"], told["may_change"]) == (False, True)
    taken = await desk.call(
        "PATCH", f"/webhooks/{mine['id']}", colleague, json={"owner": "me"}, headers={"If-Match": '"1"'}
    )
    assert taken.json()["is_owner"] is True
    assert (await desk.call("GET", f"/webhooks/{mine['id']}", COORDINATOR)).json()["may_change"] is False
    assert (await desk.call("POST", f"/webhooks/{mine['id']}/pause", COORDINATOR)).status_code == 403
    assert (await desk.call("POST", f"/webhooks/{mine['id']}/pause", ADMINISTRATOR)).json()["state"] == "paused"
    assert (await desk.call("POST", f"/webhooks/{mine['id']}/resume", ADMINISTRATOR)).status_code == 403


async def test_who_acts_for_no_organisation_makes_no_endpoint(desk: Desk) -> None:
    body = {"name": "Mine", "url": "https://hooks.example.org/in"}
    answer = await desk.call("POST", "/webhooks", ADMINISTRATOR, json=body)
    assert (answer.status_code, "organisation" in answer.json()["detail"]) == (403, True)


async def test_an_organisation_has_a_bounded_number_of_endpoints(desk: Desk) -> None:
    for _ in range(MOST_EACH):
        await desk.make()
    answer = await desk.call("POST", "/webhooks", json={"name": "One more", "url": "https://hooks.example.org/in"})
    assert answer.status_code == 409
    await desk.make(BEN)


async def test_a_code_that_there_is_not_is_refused_with_those_there_are(desk: Desk) -> None:
    filters = {"types": ["practice.reviewed"], "themes": ["no-theme"], "countries": ["XX"]}
    body = {"name": "Mine", "url": "https://hooks.example.org/in", "filters": filters}
    answer = await desk.call("POST", "/webhooks", json=body)
    assert answer.status_code == 422
    told = {one["pointer"]: one.get("allowed", ()) for one in answer.json()["errors"]}
    assert "practice.published" in told["/filters/types/0"]
    assert "recognition" in told["/filters/themes/0"]
    assert "FI" in told["/filters/countries/0"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("hooks.example.org", "url"),
        ("ftp://hooks.example.org/", "url-scheme"),
        ("http://hooks.example.org/in", "url-scheme"),
        ("https://user:word@hooks.example.org/in", "url-credentials"),
        ("https://hooks.example.org/in#part", "url-fragment"),
        ("https://hooks.example.org:22/in", "url-port"),
        ("https://nowhere.example.org/in", "url-name"),
        ("https://inside.example.org/in", "url-address"),
        ("https://both.example.org:9443/in", "url-port"),
        ("https://hooks.example.org/a b", "url"),
        ("https://" + "a" * 2000 + "/", "string-too-long"),
    ],
)
async def test_an_address_that_cannot_be_is_refused_with_the_reason(desk: Desk, url: str, code: str) -> None:
    answer = await desk.call("POST", "/webhooks", json={"name": "Mine", "url": url})
    assert answer.status_code == 422, answer.text
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/url", code)]


async def test_what_an_operator_allows_may_be_reached_at_any_port_and_without_tls(
    desk: Desk, mongodb_url: str, database: str
) -> None:
    await desk.make(url="http://127.0.0.1:9000/in")
    async with open_desk(mongodb_url, database, webhook_allow=[]) as strict:
        for url in ("http://127.0.0.1:9000/in", "https://localhost/in", "https://2130706433/in", "https://0x7f.1/in"):
            answer = await strict.call("POST", "/webhooks", json={"name": "Mine", "url": url})
            assert answer.status_code == 422, url


async def test_a_secret_is_told_once_and_lies_encrypted(desk: Desk) -> None:
    made = await desk.make()
    prefix, _, text = made["secret"].partition("_")
    secret = base64.b64decode(text)
    assert (prefix, len(secret)) == ("whsec", 32)
    path = f"/webhooks/{made['id']}"
    assert "secret" not in (await desk.call("GET", path)).json()
    for name in await desk.store.db.list_collection_names():
        async for row in desk.store.db[name].find():
            assert text not in repr(row), name
            assert secret not in b"".join(value for value in _binaries(row)), name


def _binaries(value: Any) -> list[bytes]:
    if isinstance(value, bytes):
        return [value]
    if isinstance(value, dict):
        return [found for one in value.values() for found in _binaries(one)]
    return [found for one in value for found in _binaries(one)] if isinstance(value, list) else []


async def test_a_request_sent_again_makes_one_endpoint_and_is_told_the_same_secret(desk: Desk) -> None:
    body = {"name": "Mine", "url": "https://hooks.example.org/in"}
    key = {"Idempotency-Key": "once"}
    first = await desk.call("POST", "/webhooks", json=body, headers=key)
    again = await desk.call("POST", "/webhooks", json=body, headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert first.json() == again.json()
    assert first.headers["cache-control"] == again.headers["cache-control"] == "no-store"
    await desk.call("POST", f"/webhooks/{first.json()['id']}/rotate-secret")
    late = await desk.call("POST", "/webhooks", json=body, headers=key)
    assert late.status_code == 409


async def test_a_new_secret_lets_the_one_before_end(desk: Desk) -> None:
    made = await desk.make()
    path = f"/webhooks/{made['id']}"
    rotated = (await desk.call("POST", f"{path}/rotate-secret", json={"overlap_hours": 1})).json()
    assert rotated["secret"] != made["secret"]
    assert rotated["previous_secret_ends_at"] > rotated["secret_made_at"]
    ended = await desk.call("POST", f"{path}/end-previous-secret")
    assert ended.json()["previous_secret_ends_at"] is None
    assert (await desk.call("POST", f"{path}/end-previous-secret")).status_code == 409
    at_once = (await desk.call("POST", f"{path}/rotate-secret", json={"overlap_hours": 0})).json()
    assert at_once["previous_secret_ends_at"] is None
    assert (await desk.call("POST", f"{path}/rotate-secret", json={"overlap_hours": 1000})).status_code == 422


async def test_without_an_operators_secret_there_are_no_webhooks(mongodb_url: str, database: str) -> None:
    async with open_desk(mongodb_url, database, webhook_secret=None) as desk:
        answer = await desk.call("POST", "/webhooks", json={"name": "Mine", "url": "https://hooks.example.org/in"})
        assert (answer.status_code, "WEBHOOK_SECRET" in answer.json()["detail"]) == (503, True)


async def test_every_route_is_for_whom_it_says(desk: Desk) -> None:
    made = await desk.make()
    assert await assert_access_holds(desk.app, ISSUER, values={"endpoint_id": made["id"]}) > 100


async def test_an_endpoint_does_not_exist_for_strangers(desk: Desk) -> None:
    made = await desk.make()
    everybody = {f"GET {path} as {role}" for path in await _paths(desk) for role in ("coordinator", "administrator")}
    for action in ("pause", "resume", "rotate-secret", "end-previous-secret", "test", "replay"):
        everybody |= {f"POST /webhooks/{{endpoint_id}}/{action} as {role}" for role in ("coordinator", "administrator")}
    one = "/webhooks/{endpoint_id}"
    everybody |= {
        f"{method} {one} as {role}" for method in ("PATCH", "DELETE") for role in ("coordinator", "administrator")
    }
    everybody |= {f"POST {one}/deliveries/{{event_id}}/replay as {role}" for role in ("coordinator", "administrator")}
    calls = await assert_hidden_from_strangers(
        desk.app, ISSUER, values={"endpoint_id": made["id"]}, stranger=BEN, open_routes=everybody
    )
    assert calls > 10


async def _paths(desk: Desk) -> list[str]:
    return list(desk.app.openapi()["paths"])


async def test_the_api_bears_strange_input(mongodb_url: str, database: str, nats_url: str) -> None:
    async with open_desk(mongodb_url, database, nats_url=nats_url, stream_clients_each=1000) as desk:
        made = await desk.make()
        await assert_api_holds(
            desk.app, headers=ISSUER.headers(**ANA), values={"endpoint_id": made["id"], "event_id": "nothing"}
        )
