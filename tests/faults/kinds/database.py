"""Faults of MongoDB: its primary steps down, commits end nobody knows how, conflict, or take their time.

Commands fail by ``failCommand``, which a mongod has that was started with ``enableTestCommands``
(https://github.com/mongodb/mongo/wiki/The-%22failCommand%22-fail-point).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.clusters import ReplicaSet
from tests.faults.fault import Fault
from tests.system import System

OUTBOXES = ("practice_exchange_submissions.outbox", "practice_exchange_review.outbox")
STEP_DOWN_SECONDS = 10
# What a driver cannot tell from a commit that took place, or from one that did not: the first three come before it is
# done, the last comes after (write concern timed out).
UNKNOWN_COMMITS: Mapping[str, dict[str, Any]] = {
    "connection closed": {"closeConnection": True},
    "91 ShutdownInProgress": {"errorCode": 91},
    "11600 InterruptedAtShutdown": {"errorCode": 11600},
    "64 write concern timed out": {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}},
}


def faults(*, cluster: bool) -> tuple[Fault, ...]:
    alone = (
        Fault(name="mongod steps down", act=_step_down, longest=8.0),
        Fault(name="mongod commits with unknown outcome", act=_unknown_commits, longest=8.0),
        Fault(name="mongod write conflicts", act=_conflicts, longest=8.0),
        Fault(name="mongod slow commits", act=_slow_commits, longest=8.0),
        Fault(name="mongod closes connections", act=_closed_connections, longest=8.0),
    )
    if not cluster:
        return alone
    return (
        *alone,
        Fault(name="mongod secondary killed", act=_secondary_killed, longest=8.0),
        Fault(name="mongod majority killed", act=_majority_killed, longest=8.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failing:
    """What commands fail, and how, at a part of the calls."""

    commands: tuple[str, ...]
    how: dict[str, Any]
    part: float = 1.0
    namespace: str | None = None

    def point(self) -> dict[str, Any]:
        data = {"failCommands": list(self.commands), **self.how}
        return {
            "configureFailPoint": "failCommand",
            "mode": "alwaysOn" if self.part >= 1 else {"activationProbability": self.part},
            "data": data | ({"namespace": self.namespace} if self.namespace else {}),
        }


def _ports(system: System) -> tuple[int, ...]:
    if isinstance(system.mongod, ReplicaSet):
        return tuple(member.port for member in system.mongod.members)
    return (system.mongod.port,)


def _client(port: int) -> MongoClient[dict[str, Any]]:
    return MongoClient("127.0.0.1", port, directConnection=True, serverMonitoringMode="poll")


def _order(port: int, command: dict[str, Any]) -> None:
    with _client(port) as client:
        client.admin.command(command)


@asynccontextmanager
async def _failing(system: System, failing: _Failing) -> AsyncIterator[None]:
    ports = _ports(system)
    try:
        for port in ports:
            await asyncio.to_thread(_order, port, failing.point())
        yield
    finally:
        for port in ports:
            await asyncio.to_thread(_order, port, {"configureFailPoint": "failCommand", "mode": "off"})


@asynccontextmanager
async def _unknown_commits(system: System, dice: random.Random) -> AsyncIterator[str]:
    name, part = dice.choice(sorted(UNKNOWN_COMMITS)), dice.choice([0.3, 1.0])
    async with _failing(system, _Failing(commands=("commitTransaction",), how=UNKNOWN_COMMITS[name], part=part)):
        yield f"{name}, {part:.0%} of them"


@asynccontextmanager
async def _conflicts(system: System, dice: random.Random) -> AsyncIterator[str]:
    """Only transactions write into an outbox; elsewhere a server tries again by itself and tells of no conflict."""
    namespace, part = dice.choice(OUTBOXES), dice.choice([0.3, 1.0])
    async with _failing(system, _Failing(commands=("insert",), how={"errorCode": 112}, part=part, namespace=namespace)):
        yield f"in {namespace}, {part:.0%} of them"


@asynccontextmanager
async def _slow_commits(system: System, dice: random.Random) -> AsyncIterator[str]:
    milliseconds = dice.randrange(200, 3000)
    how = {"blockConnection": True, "blockTimeMS": milliseconds}
    async with _failing(system, _Failing(commands=("commitTransaction",), how=how)):
        yield f"{milliseconds} ms each"


@asynccontextmanager
async def _closed_connections(system: System, dice: random.Random) -> AsyncIterator[str]:
    part = dice.choice([0.05, 0.3])
    commands = ("find", "insert", "update", "delete", "findAndModify", "aggregate", "getMore", "commitTransaction")
    async with _failing(system, _Failing(commands=commands, how={"closeConnection": True}, part=part)):
        yield f"{part:.0%} of all commands"


@asynccontextmanager
async def _step_down(system: System, _: random.Random) -> AsyncIterator[str]:
    """Let the primary step down. One that is alone leads again when its time is over, or it is told to end that."""
    if isinstance(system.mongod, ReplicaSet):
        port, force = await asyncio.to_thread(_primary, system.mongod), False
    else:
        port, force = system.mongod.port, True
    try:
        await asyncio.to_thread(_order, port, {"replSetStepDown": STEP_DOWN_SECONDS, "force": force})
    except PyMongoError as error:
        if "closed" not in str(error):  # it closes all connections as it steps down
            raise
    try:
        yield f"port {port}"
    finally:
        await asyncio.to_thread(_order, port, {"replSetFreeze": 0})


def _primary(members: ReplicaSet) -> int:
    return members.primary.port


@asynccontextmanager
async def _secondary_killed(system: System, dice: random.Random) -> AsyncIterator[str]:
    assert isinstance(system.mongod, ReplicaSet)
    primary = await asyncio.to_thread(_primary, system.mongod)
    member = dice.choice([one for one in system.mongod.members if one.port != primary])
    await member.kill()
    try:
        yield f"port {member.port}"
    finally:
        await member.restart()


@asynccontextmanager
async def _majority_killed(system: System, dice: random.Random) -> AsyncIterator[str]:
    assert isinstance(system.mongod, ReplicaSet)
    members = dice.sample(system.mongod.members, 2)
    await asyncio.gather(*(member.kill() for member in members))
    try:
        yield " and ".join(f"port {member.port}" for member in members)
    finally:
        await asyncio.gather(*(member.restart() for member in members))
