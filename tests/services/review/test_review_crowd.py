"""Many people at the same cases at once; whatever they tried, the files agree with one another afterwards."""

from __future__ import annotations

import asyncio
import os
import random
from collections import defaultdict
from typing import Any

import httpx

from services.review.domain.case import CaseState
from services.review.domain.policy import Policy
from services.review.expire_leases import expire_leases
from shared.store.outbox import OUTBOX
from tests.services.review.desk import COORDINATOR, FULL_REVIEW, Desk

PEOPLE = ("rita", "sam", "tom", "uma", "vic")
TURNS, SIDE_BY_SIDE = 25, 6


async def test_a_crowd_leaves_everything_in_order(desk: Desk) -> None:
    seed = int(os.environ.get("CROWD_SEED") or random.SystemRandom().randrange(2**32))
    print(f"CROWD_SEED={seed}")  # noqa: T201
    chance = random.Random(seed)
    cases = [await desk.opened() for _ in range(4)]
    for who in PEOPLE:
        await desk.ok("GET", "/reviewers/me", who)
    for _ in range(TURNS):
        attempts = [_attempt(desk, chance, cases) for _ in range(SIDE_BY_SIDE)]
        answers = await asyncio.gather(*attempts)
        assert {answer.status_code for answer in answers} <= {200, 204, 403, 404, 409, 412, 422}
        desk.clock.pass_(hours=chance.choice([0, 1, 60]))
        await expire_leases(desk.store)
    await _all_agrees(desk, cases)


async def _attempt(desk: Desk, chance: random.Random, cases: list[str]) -> httpx.Response:
    path, who = f"/cases/{chance.choice(cases)}", chance.choice(PEOPLE)
    match chance.choice(["claim"] * 4 + ["release", "renew", "conflict", "assign", "decide"] + ["review"] * 4):
        case "conflict" if chance.random() < 0.3:
            return await desk.call("POST", f"{path}/conflict", who, json={"reason": "A friend."})
        case "assign":
            body: dict[str, Any] = {"reviewer_id": desk.id(who)}
            return await desk.call("POST", f"{path}/assign", "zoe", COORDINATOR, json=body)
        case "decide" if chance.random() < 0.3:
            body = {"outcome": "approve", "text": "Yes.", "override": {"reason": "In a hurry."}}
            return await desk.call("POST", f"{path}/decision", "zoe", COORDINATOR, json=body)
        case "review":
            seen = await desk.call("GET", f"{path}/review", who)
            match = {"If-Match": seen.headers.get("ETag", '"0"')}
            await desk.call("PATCH", f"{path}/review", who, json=FULL_REVIEW, headers=match)
            return await desk.call("POST", f"{path}/review/complete", who)
        case "release" | "renew" as act:
            return await desk.call("POST", f"{path}/{act}", who)
        case _:
            return await desk.call("POST", f"{path}/claim", who)


async def _all_agrees(desk: Desk, cases: list[str]) -> None:
    load: dict[str, set[str]] = defaultdict(set)
    for case_id in cases:
        filed = await desk.records.filed(case_id)
        assert filed
        for seat in filed.case.running:
            load[seat.reviewer_id].add(case_id)
        assert filed.case.state in (CaseState.OPEN, CaseState.APPROVED)
        assert not {seat.reviewer_id for seat in filed.case.running} & filed.case.declared
        finished = {one.reviewer_id for one in await desk.records.reviews(filed.case) if one.counts}
        assert finished >= {seat.reviewer_id for seat in filed.case.seats if seat.completed}
        rows = await desk.store.db[OUTBOX].find({"aggregate": f"case:{case_id}"}).sort("version", 1).to_list(None)
        assert [row["version"] for row in rows] == list(range(1, filed.said + 1))
        trail = await desk.ok("GET", f"/cases/{case_id}/trail", "zoe", COORDINATOR)
        assert trail["intact"]
    for who in PEOPLE:
        reviewer = await desk.records.reviewer(desk.id(who))
        assert reviewer
        assert set(reviewer.holding) == load[desk.id(who)]
        assert len(reviewer.holding) <= Policy().load_cap
