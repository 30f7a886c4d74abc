"""The consumers' effects as they are: read from their databases, the streams and the API of search."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from pymongo import AsyncMongoClient

from shared.http.claims import person_id
from tests.faults.checker import There
from tests.faults.clients import PEOPLE
from tests.faults.effects import RECEIPT, Effects, Telling
from tests.system import System

Client = AsyncMongoClient[dict[str, Any]]
_PATIENCE_SECONDS: Final = 30.0  # receipts are said a few seconds after what they tell of


async def see_effects(system: System, there: There, approved: frozenset[str]) -> Effects:
    """Read all effects, when the last receipts are in or patience ends; ``there`` is what was observed beside."""
    client: Client = AsyncMongoClient(system.mongod.url, tz_aware=True)
    names = {person_id(system.issuer.issuer, sub): sub for sub, _, _ in PEOPLE}
    async with client:
        submissions, review = client["practice_exchange_submissions"], client["practice_exchange_review"]
        notifications = client["practice_exchange_notifications"]
        contributions = await submissions["contributions"].find({}, {"content": 0, "fingerprint": 0}).to_list(None)
        cases = await review["cases"].find({}, {"contribution_id": 1, "state": 1}).to_list(None)
        alerted = await client["practice_exchange_search"]["alerted"].find().to_list(None)
        events = await client["practice_exchange_syndication"]["events"].find({}, {"_id": 1}).to_list(None)
        found = await _found(system)
        saved = await client["practice_exchange_search"]["saved_searches"].find_one()
        since: datetime = saved["since"] if saved else datetime.max.replace(tzinfo=UTC)
        return Effects(
            lives={row["_id"]: (row["state"], [step["what"] for step in row["history"]]) for row in contributions},
            cases={row["contribution_id"]: row["state"] for row in cases},
            published={row["_id"]: row["version"] for row in contributions if row["state"] == "published"},
            found={practice: version for practice, (version, _) in found.items()},
            no_news=frozenset(practice for practice, (_, at) in found.items() if at <= since),
            offered=frozenset(event.id for event in there.stream if event.aggregate.startswith("practice:")),
            syndicated=frozenset(row["_id"] for row in events),
            notices=_tellings(await notifications["notices"].find().to_list(None), names),
            mails=_tellings(await notifications["deliveries"].find({"state": "sent"}).to_list(None), names),
            alerted=[row["_id"].partition("/")[0] for row in alerted],
            receipts=await _receipts(client, approved),
        )


def _tellings(rows: list[dict[str, Any]], names: Mapping[str, str]) -> list[Telling]:
    return [
        (row["facts"]["contribution_id"], names.get(row["person_id"], row["person_id"]), row["kind"])
        for row in rows
        if "facts" in row
    ]


async def _receipts(client: Client, approved: frozenset[str]) -> dict[str, frozenset[str]]:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        rows = await client["practice_exchange_syndication"]["reach"].find().to_list(None)
        found = {row["practice_id"]: frozenset(part for part in RECEIPT if row.get(part)) for row in rows}
        if all(found.get(one) == RECEIPT for one in approved) or time.monotonic() > until:
            return found
        await asyncio.sleep(0.5)


async def _found(system: System) -> dict[str, tuple[int, datetime]]:
    """Return the version of each practice that is found, and when it was published by the record."""
    found: dict[str, tuple[int, datetime]] = {}
    async with httpx.AsyncClient(base_url=system.url("search"), timeout=20) as client:
        parameters = {"limit": "50"}
        while True:
            answer = (await client.get("/search", params=parameters)).raise_for_status().json()
            found |= {
                item["id"]: (item["version"], datetime.fromisoformat(item["published_at"])) for item in answer["items"]
            }
            if not answer.get("next"):
                return found
            parameters["cursor"] = answer["next"]
