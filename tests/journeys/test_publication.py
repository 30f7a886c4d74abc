"""The main job: from a draft to a practice that is found, announced and offered to others; and its later versions."""

import json
from typing import Any

import pytest
from nats.aio.msg import Msg

from tests.contents import said
from tests.journeys import steps
from tests.journeys.house import House, Json, Person
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def _catalogue(house: House, practice_id: str) -> Json:
    message = await house.js.get_last_msg("CATALOGUE", f"catalogue.{practice_id}")
    entry: Json = json.loads(message.data or b"")
    return entry


async def _until_catalogued(house: House, practice_id: str, happened: str) -> Json:
    """Wait until this is the latest that the catalogue has of a practice."""

    async def there() -> Json | None:
        event = await _catalogue(house, practice_id)
        return event if event["type"] == f"eu.practice-exchange.{happened}.v1" else None

    return await eventually(there)


async def test_a_practice_is_submitted_reviewed_published_found_and_announced(house: House) -> None:
    heard: list[Json] = []

    async def hear(message: Msg) -> None:
        heard.append(json.loads(message.data))

    await house.observer.subscribe("practices.>", cb=hear)
    await house.observer.flush()
    author, coordinator, reader = await house.author(), await house.coordinator(), house.stranger()
    begun = await steps.draft(author, "practice")
    word = steps.rare_word(begun["id"])
    await steps.edit(author, begun, title=said(f"Exchange {word}"))
    assert (await author.ok("submissions", "GET", f"/contributions/{begun['id']}/completeness"))["complete"]
    await steps.submit(author, begun["id"])
    await steps.come_to(author, begun["id"], "in_review")
    for number in (1, 2):
        await steps.review(await house.reviewer(f"rita{number}"), f"{begun['id']}-1")
    await steps.until_told(coordinator, "ready_for_decision", begun["id"])
    await steps.decide(coordinator, f"{begun['id']}-1")

    published = await steps.come_to(author, begun["id"], "published")
    address = f"{house.public_url}/practices/{begun['id']}"
    assert published["publication"]["address"] == address
    item = await steps.until_found(reader, word)
    assert (item["id"], item["address"], item["version"]) == (begun["id"], address, 1)
    practice = await reader.ok("submissions", "GET", f"/practices/{begun['id']}")
    assert practice["content"]["title"]["en"]["text"] == f"Exchange {word}"
    assert "contact" not in practice["content"]
    entry = await steps.until_told(author, "published", begun["id"])
    assert entry["link"] == address
    assert address in await steps.until_mailed(author, f"Published: Exchange {word}")
    await steps.until_mailed(author, f"Received: Exchange {word}")

    def announced() -> Json | None:
        return next((event for event in heard if event["subject"] == begun["id"]), None)

    event = await eventually(announced)
    assert event["type"] == "eu.practice-exchange.practice.published.v1"
    assert event["data"]["practice"] == practice | {"attached_text": ""}
    assert await _catalogue(house, begun["id"]) == event


async def test_changes_are_asked_for_answered_and_approved(house: House) -> None:
    author, reviewer, coordinator = await house.author(), await house.reviewer(), await house.coordinator()
    begun = await steps.in_review(author)
    case = f"{begun['id']}-1"
    comments = [
        {"pointer": "/failure", "severity": "must", "text": "How many applied the year before?"},
        {"pointer": "/title", "severity": "praise", "text": "A good title."},
    ]
    await steps.review(reviewer, case, comments=comments, recommendation="request_changes")
    await steps.decide(coordinator, case, "request_changes", "unclear")

    asked = await steps.come_to(author, begun["id"], "changes_requested")
    must = next(comment for comment in asked["feedback"]["comments"] if comment["severity"] == "must")
    assert must["text"] == "How many applied the year before?"
    await steps.until_told(author, "changes_requested", begun["id"])
    unanswered = await author.ask("submissions", "POST", f"/contributions/{begun['id']}/resubmit", json={"answers": []})
    assert [error["code"] for error in unanswered.json()["errors"]] == ["unanswered"]
    await steps.edit(author, asked, failure=said("Nobody applied; twelve had the year before."))
    answers = [{"comment_id": must["id"], "text": "Twelve; it is in the text now."}]
    await author.ok("submissions", "POST", f"/contributions/{begun['id']}/resubmit", json={"answers": answers})
    assert (await steps.come_to(author, begun["id"], "in_review"))["round"] == 2

    difference = await author.ok("submissions", "GET", f"/contributions/{begun['id']}/versions/1.2/diff")
    assert [change["pointer"] for change in difference["changes"]] == ["/failure/en/text"]
    await steps.claim(reviewer, case)
    page = await reviewer.ok("review", "GET", f"/cases/{case}")
    assert page["answers"] == answers
    assert [earlier["outcome"] for earlier in page["earlier"]] == ["request_changes"]
    await steps.write(reviewer, case)
    await steps.decide(coordinator, case)
    await steps.come_to(author, begun["id"], "published")
    timeline = await author.ok("submissions", "GET", f"/contributions/{begun['id']}/timeline")
    whats = [line["what"] for line in timeline]
    assert whats == [
        "created",
        "submitted",
        "in_review",
        "changes_requested",
        "resubmitted",
        "in_review",
        "approved",
        "published",
    ]


async def test_a_revision_replaces_what_is_found_once_it_is_approved(house: House) -> None:
    author, reader = await house.author(), house.stranger()
    first, second = steps.rare_word(author.id), steps.rare_word(author.id[::-1])
    practice_id = (await steps.publish(house, author, first))["id"]
    await steps.until_found(reader, first)
    draft = await author.ok("submissions", "POST", f"/contributions/{practice_id}/revise")
    await steps.edit(author, draft, title=said(f"Learned {second}"))
    await steps.submit(author, practice_id)
    await steps.come_to(author, practice_id, "in_review")
    assert [item["version"] for item in await steps.found(reader, first)] == [1]
    await steps.review(await house.reviewer(), f"{practice_id}-2")
    await steps.decide(await house.coordinator(), f"{practice_id}-2")
    await steps.come_to(author, practice_id, "published")

    assert (await steps.until_found(reader, second, version=2))["id"] == practice_id
    assert await steps.found(reader, first) == []
    now = await reader.ok("submissions", "GET", f"/practices/{practice_id}")
    before = await reader.ok("submissions", "GET", f"/practices/{practice_id}/versions/1")
    assert [practice["version"] for practice in (now, before)] == [2, 1]
    assert now["first_published_at"] == before["first_published_at"]
    assert (await _catalogue(house, practice_id))["type"] == "eu.practice-exchange.practice.revised.v1"


async def test_what_is_taken_down_is_gone_everywhere_and_says_why(house: House) -> None:
    author, coordinator, reader = await house.author(), await house.coordinator(), house.stranger()
    word = steps.rare_word(author.id)
    practice_id = (await steps.publish(house, author, word))["id"]
    await steps.until_found(reader, word)
    order = {"reason_code": await _reason(reader), "reason": "A person asked not to be named."}
    await coordinator.ok("submissions", "POST", f"/practices/{practice_id}/tombstone", json=order)

    async def gone_from_search() -> bool:
        return await steps.found(reader, word) == []

    await eventually(gone_from_search)
    for path in (f"/practices/{practice_id}", f"/practices/{practice_id}/versions/1"):
        answer = await reader.ask("submissions", "GET", path)
        told = answer.json()
        assert (answer.status_code, told["reason_code"], told["detail"]) == (410, order["reason_code"], order["reason"])
    assert (await _catalogue(house, practice_id))["type"] == "eu.practice-exchange.practice.withdrawn.v1"
    await steps.until_told(author, "tombstoned", practice_id)
    assert order["reason"] in await steps.until_mailed(author, f"Taken down: Learned {word}")
    assert (await steps.come_to(author, practice_id, "tombstoned"))["can"] == []


async def test_what_was_agreed_is_told_to_everybody_and_can_be_taken_back(house: House) -> None:
    author, coordinator, reader = await house.author(), await house.coordinator(), house.stranger()
    word = steps.rare_word(author.id)
    practice_id = (await steps.in_review(author, "joint_action", title=said(f"Learned {word}")))["id"]
    for _ in range(2):
        await steps.review(await house.reviewer(), f"{practice_id}-1")
    await steps.decide(coordinator, f"{practice_id}-1")
    await steps.come_to(author, practice_id, "published")
    await steps.until_found(reader, word)
    path = f"/practices/{practice_id}/agreement"
    order = {"agreed_on": "2026-01-15", "parties": ["Varia Evening School"], "text": {"en": "From autumn on."}}
    agreed = await coordinator.ok("submissions", "POST", path, json=order)
    assert (await _until_catalogued(house, practice_id, "joint_action.agreed"))["data"]["practice"] == agreed | {
        "attached_text": ""
    }
    await steps.until_told(author, "agreed", practice_id)
    assert "Varia Evening School" in await steps.until_mailed(author, f"Agreed: Learned {word}")
    assert agreed["agreement"] == order

    await coordinator.ok("submissions", "DELETE", path)
    await steps.until_told(author, "agreement_retracted", practice_id)
    event = await _until_catalogued(house, practice_id, "joint_action.agreement_retracted")
    assert event["data"]["practice"] == agreed | {"agreement": None, "attached_text": ""}
    assert (await steps.until_found(reader, word))["id"] == practice_id


async def _reason(reader: Person) -> Any:
    vocabulary = await reader.ok("submissions", "GET", "/vocabularies/tombstone-reasons")
    return vocabulary["terms"][0]["code"]
