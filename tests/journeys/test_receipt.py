"""The receipt of a publication, from its approval on: everything arrives, and is told by the services themselves."""

import json
from datetime import datetime

import pytest

from tests.journeys import steps
from tests.journeys.house import House, Json, Person
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")

LEAD = {"id": "north-school", "name": "North School", "country": "FI"}


async def _receipt(person: Person, practice_id: str) -> Json | None:
    answer = await person.ask("syndication", "GET", f"/receipts/{practice_id}")
    return answer.json()["publications"][0] if answer.is_success else None


async def test_from_approval_to_a_complete_receipt(house: House) -> None:
    author, other = await house.author(), await house.author("south-school")
    life = await steps.publish(house, author, "receipt", lead_organisation=LEAD)

    async def complete() -> Json | None:
        seen = await _receipt(author, life["id"])
        told = seen["notified"]["mails_sent"] if seen and seen.get("notified") else 0
        return seen if seen and told and seen["search"]["state"] == "found" else None

    receipt = await eventually(complete, 20)
    published = datetime.fromisoformat(receipt["published_at"])
    assert published <= datetime.fromisoformat(receipt["search"]["at"])
    counts = {name: value for name, value in receipt["notified"].items() if name != "as_of"}
    assert counts == {
        "mails_waiting": 0,
        "mails_sent": 1,
        "mails_failed": 0,
        "mails_uncertain": 0,
        "inbox_entries": 1,
    }, "the author"
    assert author.id not in json.dumps(receipt)
    assert (await other.ask("syndication", "GET", f"/receipts/{life['id']}")).status_code == 404


async def test_the_authors_organisation_sees_it_where_the_text_calls_it_by_a_name_alone(house: House) -> None:
    author, other = await house.author("org-4711"), await house.author("south-school")
    life = await steps.publish(house, author, "named", lead_organisation={"name": "North School", "country": "FI"})

    async def seen() -> Json | None:
        return await _receipt(author, life["id"])

    receipt = await eventually(seen, 20)
    assert receipt.get("subscribers") is None
    assert (await other.ask("syndication", "GET", f"/receipts/{life['id']}")).status_code == 404
    public = await other.ask("submissions", "GET", f"/practices/{life['id']}")
    assert "org-4711" not in public.text, "how an account names it is nobody's business"
