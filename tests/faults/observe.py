"""What is there: read from the databases, the streams, the search API and the mailbox, past the services' own APIs."""

import asyncio
import json
import time
from typing import Any

import httpx
import nats
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from pymongo import AsyncMongoClient

from services.notifications.domain.ledger import message_id
from services.notifications.settings import NotificationSettings
from shared.bus.connect import servers_in
from shared.bus.dead_letters import dead_letters
from shared.bus.reconcile import stored_ids
from shared.bus.topology import CATALOGUE, DURABLES, EVENTS, PUBLIC, made_at
from tests.faults.checker import Event, There
from tests.faults.planted import is_planted
from tests.system import System

RECORDS = ("practice_exchange_submissions", "practice_exchange_review")
SEARCH = "practice_exchange_search"
OUTBOXES = (*RECORDS, SEARCH, "practice_exchange_syndication")
NOTIFICATIONS = "practice_exchange_notifications"
REST_SECONDS = 120.0
LOOKS = 2
SOURCED_SECONDS = 30
MAIL_DOMAIN = NotificationSettings().mail_domain
WAITING_STATES = ["queued", "sending", "held"]

Client = AsyncMongoClient[dict[str, Any]]


async def come_to_rest(system: System) -> tuple[float, dict[str, int]]:
    """Wait until nothing waits anywhere; returns the seconds it took and what still waits when patience ends.

    It takes two looks: what one place was done with meanwhile may have gone to one that was looked at before.
    """
    looks = 0
    started = time.monotonic()
    client: Client = AsyncMongoClient(system.mongod.url)
    connection = await nats.connect(servers_in(system.nats.url))
    try:
        while True:
            waiting = await _waiting(client, connection.jetstream())
            took = time.monotonic() - started
            looks = 0 if any(waiting.values()) else looks + 1
            if looks == LOOKS or took > REST_SECONDS:
                return took, waiting
            await asyncio.sleep(0.25)
    finally:
        await connection.close()
        await client.close()


async def _waiting(client: Client, js: JetStreamContext) -> dict[str, int]:
    waiting = {"news of saved searches": await _not_matched(client, js)}
    waiting |= {
        f"outbox of {name}": await client[name]["outbox"].count_documents({"pending": True}) for name in OUTBOXES
    }
    for durable in DURABLES:
        info = await js.consumer_info(EVENTS, durable.name)
        waiting[durable.name] = (info.num_pending or 0) + (info.num_ack_pending or 0)
    deliveries = client[NOTIFICATIONS]["deliveries"]
    waiting["mails"] = await deliveries.count_documents(
        {"$or": [{"state": {"$in": WAITING_STATES}}, {"not_before": {"$exists": True}}]}  # one in doubt goes again
    )
    return waiting


async def _not_matched(client: Client, js: JetStreamContext) -> int:
    """Count the practices that were not matched with saved searches yet, where there ever were any searches."""
    matched = await client[SEARCH]["matching"].find_one()
    if matched is None:
        return 0
    info = await js.stream_info(CATALOGUE)
    return info.state.last_seq - (matched["sequence"] if matched["stream"] == str(made_at(info)) else 0)


async def observe(system: System, waiting: dict[str, int]) -> There:
    """Read everything that the checker compares."""
    client: Client = AsyncMongoClient(system.mongod.url)
    connection = await nats.connect(servers_in(system.nats.url))
    async with client:
        contributions = await client[RECORDS[0]]["contributions"].find().to_list(None)
        cases = await client[RECORDS[1]]["cases"].find({}, {"contribution_id": 1}).to_list(None)
        deliveries = await client[NOTIFICATIONS]["deliveries"].find().to_list(None)
        notices = await client[NOTIFICATIONS]["notices"].find().to_list(None)
        js = connection.jetstream()
        catalogue = await _catalogue(js)
        stream, offered = await _stream(js)
        there = There(
            contributions=frozenset(row["_id"] for row in contributions),
            markers=tuple(_marker(row) for row in contributions),
            stream=stream,
            cases=tuple(row["contribution_id"] for row in cases),
            published=frozenset(row["_id"] for row in contributions if row["state"] == "published"),
            catalogue=catalogue,
            found=await _found(system, len(catalogue)),
            effects=tuple(("notices", _effect(row)) for row in notices),
            mails=tuple(system.mailbox.received),
            due_mails=frozenset(_mail(row) for row in deliveries if row["state"] == "sent"),
            doubtful=frozenset(_mail(row) for row in deliveries if row["doubts"]),
            waiting=waiting,
            offered=offered,
            public=await _public(js, offered),
            letters=await _letters(js),
        )
    await connection.close()
    return there


def _marker(row: dict[str, Any]) -> str:
    content = row["content"]
    return str(content["title"][content["source_language"]]["text"])


def _mail(row: dict[str, Any]) -> str:
    return message_id(row["_id"], MAIL_DOMAIN)


def _effect(row: dict[str, Any]) -> str:
    """In these runs each person is told one thing of one contribution once."""
    return f"{row['person_id']} {row['kind']} {row['facts']['contribution_id']}"


async def _stream(js: JetStreamContext) -> tuple[tuple[Event, ...], frozenset[str]]:
    """Return all events but those that the run planted, and the ids of those that are public."""
    found, offered = [], set()
    state = (await js.stream_info(EVENTS)).state
    for number in range(max(state.first_seq, 1), state.last_seq + 1):
        try:
            message = await js.get_msg(EVENTS, number, direct=True)
        except NotFoundError:
            continue
        name = (message.headers or {}).get("Nats-Msg-Id", "")
        if is_planted(name):
            continue
        body = json.loads(message.data or b"{}")
        found.append(
            Event(id=body["id"], aggregate=body["partitionkey"], version=body["aggregateversion"], type=body["type"])
        )
        if (message.subject or "").startswith("practices."):
            offered.add(name)
    return tuple(found), frozenset(offered)


async def _public(js: JetStreamContext, offered: frozenset[str]) -> frozenset[str]:
    """Return which events others can read; waits as long as the stream may take to begin with its source anew."""
    found: frozenset[str] = frozenset()
    for _ in range(SOURCED_SECONDS):
        found = frozenset(await stored_ids(js, PUBLIC))
        if offered <= found:
            break
        await asyncio.sleep(1)
    return found


async def _letters(js: JetStreamContext) -> tuple[str, ...]:
    """Tell the dead letters of events that somebody could have handled."""
    return tuple(
        f"{letter.event_type or letter.subject} at {letter.durable}: {letter.reason}"
        for letter in await dead_letters(js)
        if not is_planted(letter.event_id) and not is_planted(letter.subject)
    )


async def _catalogue(js: JetStreamContext) -> frozenset[str]:
    info = await js.stream_info("CATALOGUE", subjects_filter=">")
    practices = (subject.removeprefix("catalogue.") for subject in (info.state.subjects or {}))
    return frozenset(practice for practice in practices if not is_planted(practice))


async def _found(system: System, wanted: int) -> frozenset[str]:
    """Page through all of search; waits a moment for it to catch up, as its own lag would tell."""
    async with httpx.AsyncClient(base_url=system.url("search"), timeout=20) as client:
        found: frozenset[str] = frozenset()
        for _ in range(100):
            found = await _pages(client)
            if len(found) >= wanted:
                break
            await asyncio.sleep(0.2)
        return found


async def _pages(client: httpx.AsyncClient) -> frozenset[str]:
    found: set[str] = set()
    cursor: str | None = None
    while True:
        parameters = {"limit": "50"} | ({"cursor": cursor} if cursor else {})
        answer = (await client.get("/search", params=parameters)).raise_for_status().json()
        found.update(item["id"] for item in answer["items"])
        cursor = answer.get("next")
        if not cursor:
            return frozenset(found)
