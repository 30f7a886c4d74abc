"""A rolling restart: every container of a cluster ends and starts again, one after the other, each healthy before the
next."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from shared.bus.topology import streams
from tests.compose.installation import ComposeFailed, Installation, output_of

GRACE_SECONDS = 60
PATIENCE_SECONDS = 600
STREAMS = len(streams())
SERVERS = ("nats", "nats-2", "nats-3", "mongo-3", "mongo-2", "mongo")
LEFT_ALONE = ("proxy", "sign-in", "mailbox", "story", "provision", "keeper", "mongo-setup", "receiver", *SERVERS)


def order(states: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield service and name of each container, in the order of their restart: services first, then servers.

    The first of each service goes before the second of any, as a release would.
    """
    ours = sorted((one["Name"].rpartition("-")[2], one["Service"], one["Name"]) for one in states)
    yield from ((service, name) for _, service, name in ours if service not in LEFT_ALONE)
    for server in SERVERS:
        yield from ((service, name) for _, service, name in ours if service == server)


async def restart_all(made: Installation, told: Callable[[str], None]) -> dict[str, float]:
    """Restart every container of the cluster; returns the seconds that each was away. The proxy reads its settings
    anew, as a new release of it would: its port stays open."""
    away: dict[str, float] = {}
    for service, name in list(order(made.states())):
        began = time.monotonic()
        await asyncio.to_thread(output_of, ["docker", "restart", "--time", str(GRACE_SECONDS), name], seconds=180)
        await _healthy(name)
        if service in SERVERS:
            await _whole_again(made, service)
        away[name] = time.monotonic() - began
        told(f"{name} is back after {away[name]:.0f} s")
    await asyncio.to_thread(made.compose, "exec", "-T", "proxy", "sh", "-c", "kill -HUP $(cat /tmp/nginx.pid)")
    told("the proxy has read its settings anew")
    return away


async def _healthy(name: str) -> None:
    async def is_healthy() -> bool:
        told = await asyncio.to_thread(
            output_of, ["docker", "inspect", "--format", "{{.State.Health.Status}}", name], seconds=60
        )
        return told.strip() == "healthy"

    await _until(is_healthy, f"{name} is healthy")


async def _whole_again(made: Installation, service: str) -> None:
    """Wait until all copies are current again: the next one may go only then."""
    check = _members_are_well if service.startswith("mongo") else _streams_are_current

    async def holds() -> bool:
        try:
            return await asyncio.to_thread(check, made)
        except ComposeFailed:
            return False

    await _until(holds, f"after {service}, all copies are current")


def _members_are_well(made: Installation) -> bool:
    script = (
        "const password = require('fs').readFileSync('/run/secrets/mongo_root_password', 'utf8').trim();"
        "const set = connect(`mongodb://root:${password}@mongo:27017,mongo-2:27017,mongo-3:27017/admin?replicaSet=rs0`);"
        "print(JSON.stringify(set.runCommand({replSetGetStatus: 1}).members.map((one) => one.stateStr)))"
    )
    told = made.compose("exec", "-T", "mongo-2", "mongosh", "--quiet", "--nodb", "--eval", script)
    return sorted(json.loads(told.splitlines()[-1])) == ["PRIMARY", "SECONDARY", "SECONDARY"]


def _streams_are_current(made: Installation) -> bool:
    """Ask each node about the streams that it leads: others do not know how the copies are."""
    asked = "wget -q -O - 'http://127.0.0.1:8222/jsz?accounts=true&streams=true'"
    led = [
        stream["cluster"]
        for node in ("nats", "nats-2", "nats-3")
        for account in json.loads(made.compose("exec", "-T", node, "sh", "-c", asked)).get("account_details", [])
        for stream in account.get("stream_detail", [])
        if stream.get("cluster", {}).get("leader") == node
    ]
    return len(led) >= STREAMS and all(
        copy.get("current") and not copy.get("offline") for group in led for copy in group["replicas"]
    )


async def _until(holds: Callable[[], Any], what: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not await holds():
        if time.monotonic() > until:
            raise ComposeFailed(f"not after {PATIENCE_SECONDS} s: {what}")
        await asyncio.sleep(1)
