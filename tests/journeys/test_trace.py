"""One trace id leads from a request through the bus into every service that heard of it."""

import secrets

import pytest

from tests.journeys import steps
from tests.journeys.house import House, Json
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_one_trace_id_leads_through_every_consumer(house: House) -> None:
    author = await house.author()
    begun = await steps.draft(author)
    submitting, deciding = _traceparent(), _traceparent()
    await steps.submit(author, begun["id"], headers={"traceparent": submitting})
    await eventually(
        lambda: (
            _handled(house, submitting)
            >= {
                ("review-submissions", "submission.submitted"),
                ("notifications-submissions", "submission.submitted"),
                ("submissions-reviews", "review.opened"),
                ("notifications-reviews", "review.opened"),
            }
        )
    )
    (request,) = [line for line in _lines(house, submitting) if line["event"] == "request"]
    assert (request["service"], request["route"]) == ("submissions", "/contributions/{contribution_id}/submit")

    case = f"{begun['id']}-1"
    await steps.review(await house.reviewer(), case)
    coordinator = await house.coordinator()
    decision = {"outcome": "approve"}
    await coordinator.ok("review", "POST", f"/cases/{case}/decision", json=decision, headers={"traceparent": deciding})
    await eventually(
        lambda: (
            _handled(house, deciding)
            >= {
                ("submissions-reviews", "review.approved"),
                ("notifications-reviews", "review.approved"),
                ("notifications-submissions", "submission.published"),
            }
        )
    )
    await eventually(lambda: "search" in {line["service"] for line in _lines(house, deciding)})


def _traceparent() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def _lines(house: House, traceparent: str) -> list[Json]:
    trace_id = traceparent.split("-")[1]
    return [line for line in house.lines() if line.get("trace_id") == trace_id]


def _handled(house: House, traceparent: str) -> set[tuple[str, str]]:
    return {
        (line["durable"], line["event_type"].removeprefix("eu.practice-exchange.").removesuffix(".v1"))
        for line in _lines(house, traceparent)
        if line["event"] == "event handled" and line["effect"]
    }
