"""MongoDB, NATS and the sign-in provider, asked directly where their addresses are given."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import nats
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError
from pymongo.server_description import ServerDescription

from shared.bus.connect import inbox_prefix, trusting
from shared.bus.topology import DURABLES, EVENTS, streams
from shared.doctor.finding import Finding, lasting
from shared.doctor.of_services import SKEWED_SECONDS
from shared.doctor.settings import DoctorSettings
from shared.telemetry.logs import clean


async def of_mongodb(settings: DoctorSettings) -> AsyncIterator[Finding]:
    """Yield what is wrong with the replica set: no answer, no primary, members away, another time."""
    if settings.mongodb_url is None:
        return
    milliseconds = int(settings.doctor_seconds * 1000)
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        str(settings.mongodb_url), serverSelectionTimeoutMS=milliseconds // 2, connectTimeoutMS=milliseconds // 2
    )
    try:
        hello: dict[str, Any] | None = await client.admin.command("hello")
    except PyMongoError:
        hello = None
    try:
        for finding in _of_members(list(client.topology_description.server_descriptions().values()), hello):
            yield finding
    finally:
        await client.close()


def _of_members(known: list[ServerDescription], hello: dict[str, Any] | None) -> list[Finding]:
    members: set[Any] = {host for one in known for host in one.all_hosts} or {one.address for one in known}
    if hello is None:
        alive = [one for one in known if one.is_server_type_known]
        if alive:
            return [_without_majority(len(alive), len(members))]
        return [
            Finding(
                code="mongodb-silent",
                where="mongodb",
                says=f"MongoDB does not answer ({', '.join(f'{host}:{port}' for host, port in sorted(members))}).",
                mend="See whether it runs and can be reached from here. Services wait for it and go on by themselves.",
            )
        ]
    if not hello.get("isWritablePrimary") and not hello.get("primary"):
        return [_without_majority(1, len(hello.get("hosts", ())))]
    return [*_of_the_away(known, hello), *_of_the_time(hello)]


def _without_majority(alive: int, all_: int) -> Finding:
    return Finding(
        code="replica-set-without-majority",
        where="mongodb",
        says=f"The replica set has no primary: {alive} of {all_ or '?'} members answer. Nothing can be written.",
        mend="Bring members back until more than half of them run; they elect a primary within seconds. How they are:",
        command="mongosh --eval 'rs.status().members.map(m => [m.name, m.stateStr])'",
    )


def _of_the_away(known: list[ServerDescription], hello: dict[str, Any]) -> list[Finding]:
    away = sorted(f"{one.address[0]}:{one.address[1]}" for one in known if not one.is_server_type_known)
    if not away:
        return []
    left = len(hello.get("hosts", ())) - len(away)
    return [
        Finding(
            code="replica-set-member-away",
            where="mongodb",
            says=f"{', '.join(away)} of the replica set does not answer; {left} others do.",
            mend="Bring it back: if fewer than half are left, nothing can be written.",
            command="mongosh --eval 'rs.status().members.map(m => [m.name, m.stateStr])'",
        )
    ]


def _of_the_time(hello: dict[str, Any]) -> list[Finding]:
    there: datetime = hello["localTime"]
    skew = (there.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()
    if abs(skew) <= SKEWED_SECONDS:
        return []
    way = "ahead of" if skew > 0 else "behind"
    return [
        Finding(
            code="clock-skew",
            where="mongodb",
            says=f"The clock of MongoDB is {lasting(abs(skew))} {way} the clock here.",
            mend="Have both machines keep time by NTP.",
            command="timedatectl status",
        )
    ]


async def of_nats(settings: DoctorSettings) -> AsyncIterator[Finding]:
    """Yield what is wrong with NATS: no answer, JetStream without a leader, streams or durables that are not there."""
    if settings.nats_url is None:
        return
    user, password = settings.nats_user, settings.nats_password
    try:
        connection = await nats.connect(
            str(settings.nats_url),
            user=user,
            password=password.get_secret_value() if password else None,
            tls=trusting(settings.nats_ca),
            inbox_prefix=inbox_prefix(user or "operator").encode(),
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0.1,
            connect_timeout=max(1, int(settings.doctor_seconds / 2)),
            error_cb=_quiet,
        )
    except (NatsError, OSError, TimeoutError) as error:
        yield Finding(
            code="nats-silent",
            where="nats",
            says=f"NATS does not let us in: {clean(str(error) or type(error).__name__)}.",
            mend="See whether it runs, and whether NATS_USER and NATS_PASSWORD are right. What is said waits.",
        )
        return
    async with connection:
        js = connection.jetstream(timeout=settings.doctor_seconds / 2)
        try:
            for finding in await _of_streams(js):
                yield finding
        except (NatsError, APIError, TimeoutError) as error:
            yield Finding(
                code="jetstream-silent",
                where="nats",
                says=f"JetStream does not answer: {clean(str(error) or type(error).__name__)}.",
                mend="In a cluster more than half of the servers have to run; its log names the leader, or says none.",
                command="nats server report jetstream",
            )


async def _quiet(_: Exception) -> None:
    """What is refused is told by the answer that does not come."""


async def _of_streams(js: JetStreamContext) -> list[Finding]:
    found: list[Finding] = []
    for config in streams():
        name = config.name or ""
        try:
            await js.stream_info(name)
        except NotFoundError:
            found.append(
                Finding(
                    code="stream-missing",
                    where="nats",
                    says=f"The stream {name} is not there.",
                    mend="The first command makes it, 'python -m shared.bus reconcile' then puts back what was in it:",
                    command="python -m shared.bus provision",
                )
            )
    if not any(f"stream {EVENTS} " in one.says for one in found):
        found += [one for durable in DURABLES if (one := await _of_durable(js, durable.name))]
    return found


async def _of_durable(js: JetStreamContext, name: str) -> Finding | None:
    try:
        await js.consumer_info(EVENTS, name)
    except NotFoundError:
        return Finding(
            code="durable-missing",
            where="nats",
            says=f"The durable {name} is not there.",
            mend="The worker of its service makes it again, and so does this; nothing is done twice:",
            command="python -m shared.bus provision",
        )
    return None


async def of_provider(settings: DoctorSettings) -> AsyncIterator[Finding]:
    """Yield what is wrong with the sign-in provider: no answer, another issuer, no keys."""
    if settings.oidc_issuer is None:
        return
    issuer = str(settings.oidc_issuer).rstrip("/")
    try:
        async with httpx.AsyncClient(timeout=settings.doctor_seconds / 2) as http:
            told = (await http.get(f"{issuer}/.well-known/openid-configuration")).raise_for_status().json()
            keys = (await http.get(told["jwks_uri"])).raise_for_status().json()["keys"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        yield Finding(
            code="provider-unreachable",
            where="sign-in",
            says=f"The sign-in provider cannot be used: {clean(str(error) or type(error).__name__)}.",
            mend="See whether it runs and OIDC_ISSUER is its address. Who is signed in goes on for minutes.",
            command=f"curl {issuer}/.well-known/openid-configuration",
        )
        return
    if str(told.get("issuer")).rstrip("/") != issuer:
        yield Finding(
            code="provider-differs",
            where="sign-in",
            says=f"The provider calls itself {told.get('issuer')}, and OIDC_ISSUER is {issuer}: no token will hold.",
            mend="Set OIDC_ISSUER to what it calls itself, in every service.",
        )
    if not keys:
        yield Finding(
            code="provider-without-keys",
            where="sign-in",
            says="The provider publishes no keys, so no token can be checked.",
            mend="See to its signing keys; they are fetched again by themselves.",
        )
