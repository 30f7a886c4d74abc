"""Who may call what, tried out: every route of an application as every role and with every bad token.

    await assert_access_holds(app, issuer, values={"contribution_id": some_id})
    await assert_hidden_from_strangers(app, issuer, values={"contribution_id": somebody_elses_id}, ...)

The first takes what the routes state (``allow``, ``PUBLIC``) as the truth and checks that it is enforced, before the
body is even looked at. The second checks what no declaration can: that a record of somebody else is not there for you.
"""

from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from typing import Any

import httpx
from fastapi import FastAPI

from shared.http.access import Role, RouteAccess, access_of
from shared.http.problem import MEDIA_TYPE
from tests.tokens import Issuer

NOBODYS = "00000000-0000-7000-8000-000000000000"
_WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test")


async def assert_access_holds(app: FastAPI, issuer: Issuer, *, values: Mapping[str, str] | None = None) -> int:
    """Call every route without a token, with every bad token, as every role and as no role; return the calls made.

    Routes are called for real as those who may: ``values`` fill path parameters (else an id that does not exist).
    """
    calls = 0
    async with client_of(app) as client:
        for route in access_of(app):
            for who, headers, expected in _callers(route, issuer):
                for body in _bodies(route, refused=expected is not None):
                    answer = await client.request(
                        route.method, _path(route, values or {}), headers=headers | body[0], content=body[1]
                    )
                    calls += 1
                    _check(f"{route.method} {route.path} by {who} with body {body[1]!r}", answer, expected)
    return calls


def _callers(route: RouteAccess, issuer: Issuer) -> list[tuple[str, dict[str, str], int | None]]:
    """Return who calls, with what headers, and the status expected: None is anything but 401 and 403."""
    bad = [(f"a token that is {why}", _bearer(token)) for why, token in issuer.bad_tokens(roles=Role).items()]
    strangers = [
        ("nobody", {}),
        ("an empty token", {"Authorization": "Bearer "}),
        ("another scheme", {"Authorization": "Basic YTpi"}),
        *bad,
    ]
    if route.roles is None:
        return [(who, headers, None) for who, headers in strangers]
    refused: list[tuple[str, dict[str, str], int | None]] = [(who, headers, 401) for who, headers in strangers]
    refused.append(("somebody without any role", issuer.headers(roles=[]), 403))
    refused.append(("somebody with a role of another system", issuer.headers(roles=["root"]), 403))
    roles = [(role, None if role in route.roles else 403) for role in Role]
    return [*refused, *((role.value, issuer.headers(roles=[role]), expected) for role, expected in roles)]


def _bodies(route: RouteAccess, *, refused: bool) -> list[tuple[dict[str, str], bytes]]:
    if route.method not in _WITH_BODY:
        return [({}, b"")]
    as_json = {"Content-Type": "application/json"}
    # Whoever may not call learns nothing from the body, not even that it is no JSON.
    return [(as_json, b"{}"), (as_json, b"{broken")] if refused else [(as_json, b"{}")]


def _check(call: str, answer: httpx.Response, expected: int | None) -> None:
    told = f"{call}: {answer.status_code} {answer.text[:300]}"
    assert answer.status_code != 500, told
    if expected is None:
        assert answer.status_code not in (401, 403), told
        return
    assert answer.status_code == expected, told
    assert answer.headers["content-type"] == MEDIA_TYPE, told
    if expected == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer"), told


async def assert_hidden_from_strangers(
    app: FastAPI,
    issuer: Issuer,
    *,
    values: Mapping[str, str],
    stranger: Mapping[str, Any],
    bodies: Mapping[str, Any] | None = None,
    open_routes: Collection[str] = (),
    client: httpx.AsyncClient | None = None,
) -> int:
    """Call every route about a record as somebody whom it does not concern; return the calls made.

    ``values`` are the path parameters of the record; ``stranger`` are the claims of the caller (another ``sub`` and
    ``organisation``; the roles come from each route); ``bodies`` are valid bodies by ``METHOD /path``;
    ``open_routes`` (``METHOD /path`` or ``METHOD /path as role``) may tell; ``client`` reaches the application where it
    runs (else it is called directly). The answer must be the very one that an id that does not exist gets: 404, or
    403, or a fault in the request found before looking.
    """
    calls = 0
    async with AsyncExitStack() as stack:
        if client is None:
            client = await stack.enter_async_context(client_of(app))
        for route in access_of(app):
            name = f"{route.method} {route.path}"
            if route.roles is None or "{" not in route.path or name in open_routes:
                continue
            for role in sorted(route.roles):
                if f"{name} as {role}" in open_routes:
                    continue
                headers = issuer.headers(**{**stranger, "roles": [role]}) | {"If-Match": '"1"'}
                body = (bodies or {}).get(name, {} if route.method in _WITH_BODY else None)
                theirs = await client.request(route.method, _path(route, values), headers=headers, json=body)
                nobodys = await client.request(route.method, _path(route, {}), headers=headers, json=body)
                calls += 2
                told = f"{name} as {role}: {theirs.status_code} {theirs.text[:300]}, unlike {nobodys.text[:300]}"
                assert theirs.status_code in (400, 403, 404, 415, 422), told
                assert _likeness(theirs) == _likeness(nobodys), told
    return calls


def _likeness(answer: httpx.Response) -> tuple[int, dict[str, Any]]:
    body = answer.json()
    body.pop("trace_id", None)
    return answer.status_code, body


def _path(route: RouteAccess, values: Mapping[str, str]) -> str:
    path = route.path
    for part in route.path.split("/"):
        if part.startswith("{"):
            name = part.strip("{}").partition(":")[0]
            path = path.replace(part, values.get(name, NOBODYS))
    return path


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
