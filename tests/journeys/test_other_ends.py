"""Lives that do not end in publication at once: rejected and appealed, and taken back."""

import pytest

from tests.contents import said
from tests.journeys import steps
from tests.journeys.house import House
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_rejection_is_appealed_once_before_fresh_eyes(house: House) -> None:
    author, first, second = await house.author(), await house.reviewer("first"), await house.reviewer("second")
    one, other = await house.coordinator("one"), await house.coordinator("other")
    title = f"Learned {steps.rare_word(author.id)}"
    begun = await steps.in_review(author, title=said(title))
    case = f"{begun['id']}-1"
    await steps.review(first, case, recommendation="reject")
    await steps.decide(one, case, "reject", "weak-evidence")
    rejected = await steps.come_to(author, begun["id"], "rejected")
    assert "appeal" in rejected["can"]
    assert "This is our decision." in await steps.until_mailed(author, f"Not approved: {title}")

    appeal = {"text": "It is about mobility; please look at the annex."}
    await author.ok("submissions", "POST", f"/contributions/{begun['id']}/appeal", json=appeal)
    await steps.come_to(author, begun["id"], "in_review")
    await steps.until_told(one, "appealed", begun["id"])
    await steps.until_told(other, "appealed", begun["id"])
    refused = await first.ask("review", "POST", f"/cases/{case}/claim")
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "fresh-eyes-needed")
    await steps.review(second, case, recommendation="reject")
    body = {"outcome": "reject", "reason_codes": ["weak-evidence"], "text": "Again."}
    assert (await one.ask("review", "POST", f"/cases/{case}/decision", json=body)).status_code == 409
    await steps.decide(other, case, "reject", "weak-evidence")

    async def decided_again() -> bool:
        seen = await author.ok("submissions", "GET", f"/contributions/{begun['id']}")
        return bool(seen["state"] == "rejected" and "appeal" not in seen["can"])

    await eventually(decided_again)
    again = await author.ask("submissions", "POST", f"/contributions/{begun['id']}/appeal", json=appeal)
    assert again.status_code == 409


async def test_an_appeal_may_succeed(house: House) -> None:
    author, reader = await house.author(), house.stranger()
    word = steps.rare_word(author.id)
    begun = await steps.in_review(author, title=said(f"Learned {word}"))
    case = f"{begun['id']}-1"
    await steps.review(await house.reviewer(), case, recommendation="reject")
    await steps.decide(await house.coordinator(), case, "reject", "weak-evidence")
    await steps.come_to(author, begun["id"], "rejected")
    await author.ok("submissions", "POST", f"/contributions/{begun['id']}/appeal", json={"text": "Please."})
    await steps.come_to(author, begun["id"], "in_review")
    await steps.review(await house.reviewer(), case)
    await steps.decide(await house.coordinator(), case)
    await steps.come_to(author, begun["id"], "published")
    assert (await steps.until_found(reader, word))["id"] == begun["id"]


async def test_what_its_author_takes_back_is_reviewed_no_further(house: House) -> None:
    author, reviewer, coordinator = await house.author(), await house.reviewer(), await house.coordinator()
    begun = await steps.in_review(author)
    case = f"{begun['id']}-1"
    await steps.claim(reviewer, case)
    await author.ok("submissions", "POST", f"/contributions/{begun['id']}/withdraw")
    await steps.until_told(author, "withdrawn", begun["id"])
    await steps.until_told(reviewer, "case_closed", begun["id"])
    seen = await coordinator.ok("review", "GET", f"/cases/{case}")
    assert (seen["state"], seen["seats"]) == ("withdrawn", [])
    late = await coordinator.ask("review", "POST", f"/cases/{case}/decision", json={"outcome": "approve"})
    assert late.status_code == 409
    assert (await steps.come_to(author, begun["id"], "withdrawn"))["can"] == ["revise"]
