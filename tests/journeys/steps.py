"""The steps of a contribution's life, as people take them: each waits until the one before has arrived."""

from typing import Any

import httpx

from tests.contents import complete_content, said
from tests.journeys.house import House, Json, Person
from tests.life import REVIEW
from tests.waiting import eventually

_CONSONANTS = "bcdfghjklmnpqrst"


def rare_word(identifier: str) -> str:
    """Make a word of one contribution alone: letters, and far enough from all others for a search that bears typos."""
    digits = [int(digit, 16) for digit in identifier.replace("-", "")[-6:]]
    return "zq" + "".join(_CONSONANTS[digit] + "aeiou"[digit % 5] for digit in digits)


async def draft(author: Person, kind: Any = "lesson_learned", **changes: Any) -> Json:
    """Begin a complete contribution; lessons learned need one review only."""
    content = complete_content(kind, **changes)
    begun: Json = await author.ok("submissions", "POST", "/contributions", json={"content": content})
    return begun


async def edit(author: Person, seen: Json, **changes: Any) -> None:
    """Change some fields of what the author sees."""
    saved = await author.ask(
        "submissions",
        "PATCH",
        f"/contributions/{seen['id']}",
        json={"content": changes},
        headers={"If-Match": f'"{seen["revision"]}"'},
    )
    assert saved.is_success, saved.text


async def submit(author: Person, contribution_id: str, **more: Any) -> None:
    await author.ok("submissions", "POST", f"/contributions/{contribution_id}/submit", **more)


async def come_to(author: Person, contribution_id: str, state: str) -> Json:
    """Wait until the author sees it in that state."""

    async def there() -> Json | None:
        seen: Json = await author.ok("submissions", "GET", f"/contributions/{contribution_id}")
        return seen if seen["state"] == state else None

    return await eventually(there)


async def in_review(author: Person, kind: Any = "lesson_learned", **changes: Any) -> Json:
    """Draft, submit and wait for the review to begin."""
    begun = await draft(author, kind, **changes)
    await submit(author, begun["id"])
    return await come_to(author, begun["id"], "in_review")


async def claim(reviewer: Person, case_id: str) -> None:
    """Take the case as soon as it is there."""

    async def taken() -> httpx.Response | None:
        answer = await reviewer.ask("review", "POST", f"/cases/{case_id}/claim")
        return None if answer.status_code == httpx.codes.NOT_FOUND else answer

    answer = await eventually(taken)
    assert answer.is_success, answer.text


async def review(reviewer: Person, case_id: str, **changes: Any) -> None:
    """Take the case, write the review and finish it."""
    await claim(reviewer, case_id)
    await write(reviewer, case_id, **changes)


async def write(reviewer: Person, case_id: str, **changes: Any) -> None:
    """Write the review of a case that is theirs, and finish it."""
    seen = await reviewer.ask("review", "GET", f"/cases/{case_id}/review")
    written = await reviewer.ask(
        "review", "PATCH", f"/cases/{case_id}/review", json=REVIEW | changes, headers={"If-Match": seen.headers["ETag"]}
    )
    assert written.is_success, written.text
    await reviewer.ok("review", "POST", f"/cases/{case_id}/review/complete")


async def decide(coordinator: Person, case_id: str, outcome: str = "approve", *reasons: str, **more: Any) -> Json:
    body = {"outcome": outcome, "text": "This is our decision.", "reason_codes": reasons, **more}
    decision: Json = await coordinator.ok("review", "POST", f"/cases/{case_id}/decision", json=body)
    return decision


async def publish(house: House, author: Person, word: str, **changes: Any) -> Json:
    """Live a whole short life up to publication, with ``word`` in the title."""
    begun = await in_review(author, title=said(f"Learned {word}"), **changes)
    reviewer, coordinator = await house.reviewer(), await house.coordinator()
    await review(reviewer, f"{begun['id']}-1")
    await decide(coordinator, f"{begun['id']}-1")
    return await come_to(author, begun["id"], "published")


async def found(reader: Person, words: str) -> list[Json]:
    answer: Json = await reader.ok("search", "GET", "/search", params={"q": words})
    items: list[Json] = answer["items"]
    return items


async def until_found(reader: Person, words: str, version: int = 1) -> Json:
    """Wait until search finds exactly one practice by these words, in that version."""

    async def there() -> Json | None:
        items = await found(reader, words)
        return items[0] if [item["version"] for item in items] == [version] else None

    return await eventually(there)


async def until_told(person: Person, kind: str, contribution_id: str) -> Json:
    """Wait for the inbox entry of that kind."""

    async def there() -> Json | None:
        entries = await person.inbox()
        return next((one for one in entries if (one["kind"], one["contribution_id"]) == (kind, contribution_id)), None)

    return await eventually(there)


async def until_mailed(person: Person, subject: str) -> str:
    """Wait for the one mail of that subject and return its text; a second one is an error."""

    def there() -> str | None:
        texts = [mail.part("plain") for mail in person.mails if mail.subject == subject]
        assert len(texts) < 2, f"{len(texts)} mails: {subject}"
        return texts[0] if texts else None

    return await eventually(there)
