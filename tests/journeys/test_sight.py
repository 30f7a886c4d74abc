"""Nobody sees what is not theirs: conflicts of interest, files, and who reviewed, over all services together."""

from email.message import EmailMessage

import httpx
import pytest

from shared.http.access import Role, access_of
from tests.access_table import NOBODYS, assert_hidden_from_strangers
from tests.contents import said
from tests.journeys import steps
from tests.journeys.house import House, Person
from tests.life import REVIEW
from tests.services.submissions.documents import PDF
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def _attach(author: Person, contribution_id: str, body: bytes = PDF) -> str:
    attached = await author.ok(
        "submissions",
        "POST",
        f"/contributions/{contribution_id}/attachments",
        params={"name": "annex.pdf"},
        content=body,
        headers={"Content-Type": "application/octet-stream"},
    )
    return str(attached["id"])


async def _submitted_with_file(author: Person, **changes: object) -> tuple[str, str]:
    begun = await steps.draft(author, **changes)
    attachment_id = await _attach(author, begun["id"])
    await steps.submit(author, begun["id"])
    await steps.come_to(author, begun["id"], "in_review")
    return begun["id"], attachment_id


@pytest.mark.parametrize(
    "organisation",
    [
        "north-school",  # leads it
        "South School",  # is a partner, under its name
        "west-college",  # its author signed in for it; the content does not say so
        None,  # nobody knows: that counts as a conflict
    ],
)
async def test_who_has_a_conflict_of_interest_finds_nothing_anywhere(house: House, organisation: str | None) -> None:
    author = await house.author(organisation="west-college")
    begun, attachment_id = await _submitted_with_file(author)
    case = f"{begun}-1"
    await steps.claim(await house.reviewer(), case)
    claims = {"sub": f"rival-{begun[-8:]}", "organisation": organisation}
    rival = await house.person("rival", "reviewer", **claims)
    for scope in ("mine", "unclaimed", "overdue"):
        page = await rival.ok("review", "GET", "/cases", params={"scope": scope})
        assert case not in {item["case_id"] for item in page["items"]}
    calls = await assert_hidden_from_strangers(
        house.apps["review"],
        house.issuer,
        client=house.clients["review"],
        values={"case_id": case},
        stranger=claims,
        bodies={"POST /cases/{case_id}/conflict": {"reason": "I know them."}},
        open_routes={  # coordinators know of every case; the service's own tests say what they are shown of it
            "GET /cases/{case_id} as coordinator",
            "GET /cases/{case_id}/reviews",
            "GET /cases/{case_id}/trail",
            "POST /cases/{case_id}/assign",
            "POST /cases/{case_id}/decision",
            "POST /cases/{case_id}/conflict as coordinator",
        },
    )
    calls += await assert_hidden_from_strangers(
        house.apps["submissions"],
        house.issuer,
        client=house.clients["submissions"],
        values={"contribution_id": begun, "attachment_id": attachment_id, "practice_id": begun, "name": "1.1"},
        stranger=claims,
        open_routes={"GET /contributions/{contribution_id}/attachments/{attachment_id} as coordinator"},
    )
    assert calls > 30


async def test_a_file_is_for_its_author_its_reviewer_and_coordinators_until_it_is_public(house: House) -> None:
    author, reviewer, idle = await house.author(), await house.reviewer(), await house.reviewer("idle")
    coordinator, member = await house.coordinator(), await house.author(organisation="far-away")
    everybody = (author, reviewer, idle, coordinator, member)
    begun = await steps.draft(author)
    attachment_id = await _attach(author, begun["id"])
    mine = f"/contributions/{begun['id']}/attachments/{attachment_id}"
    public = f"/practices/{begun['id']}/attachments/{attachment_id}"

    async def readers() -> list[Person]:
        answers = [(person, await person.ask("submissions", "GET", mine)) for person in everybody]
        assert {answer.status_code for _, answer in answers} <= {200, 404}
        assert all(answer.content == PDF for _, answer in answers if answer.is_success)
        return [person for person, answer in answers if answer.is_success]

    async def only(*wanted: Person) -> None:
        async def so() -> bool:
            return await readers() == list(wanted)

        await eventually(so)

    async def in_public() -> httpx.Response:
        return await house.stranger().ask("submissions", "GET", public)

    assert (await house.stranger().ask("submissions", "GET", mine)).status_code == 401
    await only(author)
    await steps.submit(author, begun["id"])
    await only(author, coordinator)
    case = f"{begun['id']}-1"
    await steps.claim(reviewer, case)
    await only(author, reviewer, coordinator)
    await reviewer.ok("review", "POST", f"/cases/{case}/release")
    await only(author, coordinator)
    await steps.review(reviewer, case)
    await only(author, reviewer, coordinator)
    assert (await in_public()).status_code == 404
    await steps.decide(coordinator, case)
    await steps.come_to(author, begun["id"], "published")
    await only(author, coordinator)
    assert (await in_public()).content == PDF


# Blind towards authors.

MARKED = (
    {"who": "zebulon", "name": "Zebulon Quartermaine", "organisation": "quagga-institute"},
    {"who": "ottoline", "name": "Ottoline Fairweather", "organisation": "ibex-academy"},
)


async def test_an_author_never_learns_who_reviewed_or_decided(house: House) -> None:
    author, reader = await house.author(), house.stranger()
    reviewers = [await house.person(role="reviewer", **marks) for marks in MARKED]
    coordinator = await house.person(
        "hildegard", "coordinator", "dugong-secretariat", name="Hildegard Umbersworth-Ivory"
    )
    word = steps.rare_word(author.id)
    begun = await steps.draft(author, "practice", title=said(f"Exchange {word}"))
    attachment_id = await _attach(author, begun["id"])
    case = f"{begun['id']}-1"
    await steps.submit(author, begun["id"])
    await steps.come_to(author, begun["id"], "in_review")

    comment = {"pointer": "/results", "severity": "must", "text": "By how much?"}
    for reviewer in reviewers:
        await steps.review(reviewer, case, comments=[comment], recommendation="request_changes")
        await _look_everywhere(house, author, begun["id"], attachment_id)
    await steps.decide(coordinator, case, "request_changes", "unclear")
    asked = await steps.come_to(author, begun["id"], "changes_requested")
    answers = [{"comment_id": one["id"], "text": "By a third."} for one in asked["feedback"]["comments"]]
    assert len(answers) == 2
    await _look_everywhere(house, author, begun["id"], attachment_id)
    await author.ok("submissions", "POST", f"/contributions/{begun['id']}/resubmit", json={"answers": answers})
    await steps.come_to(author, begun["id"], "in_review")
    for reviewer in reviewers:
        await steps.review(reviewer, case, **REVIEW)
    await steps.decide(coordinator, case)
    await steps.come_to(author, begun["id"], "published")
    await steps.until_found(reader, word)
    await steps.until_mailed(author, f"Published: Exchange {word}")
    await _look_everywhere(house, author, begun["id"], attachment_id)
    await coordinator.ok(
        "submissions",
        "POST",
        f"/practices/{begun['id']}/tombstone",
        json={"reason_code": "rights", "reason": "A picture was not theirs."},
    )
    await steps.until_mailed(author, f"Taken down: Exchange {word}")
    await _look_everywhere(house, author, begun["id"], attachment_id)

    told = "\n".join((*author.told, *(_whole(mail.message) for mail in author.mails))).lower()
    marks = _marks(house, *reviewers, coordinator)
    assert [mark for mark in marks if mark in told] == []
    assert len(author.mails) >= 4
    public = await _public_events(house, begun["id"])
    assert len(public) == 2
    assert [mark for mark in marks if mark in "\n".join(public).lower()] == []
    # The marks are what would be there: coordinators are told them.
    for path in (f"/cases/{case}/reviews", "/reviewers", f"/cases/{case}/trail"):
        await coordinator.ok("review", "GET", path)
    seen = "\n".join(coordinator.told).lower()
    assert [mark for mark in _marks(house, *reviewers) if mark not in seen] == []


def _marks(house: House, *people: Person) -> set[str]:
    claims = [*MARKED, {"name": "Hildegard Umbersworth-Ivory", "organisation": "dugong-secretariat"}]
    named = {claim[what].lower() for claim in claims[: len(people)] for what in ("name", "organisation")}
    return {person.id for person in people} | named


async def _look_everywhere(house: House, author: Person, contribution_id: str, attachment_id: str) -> None:
    """Let the author read every address that there is, theirs or not; ``told`` keeps the answers."""
    values = {
        "contribution_id": contribution_id,
        "practice_id": contribution_id,
        "case_id": f"{contribution_id}-1",
        "attachment_id": attachment_id,
        "version": "1",
        "number": "1",
    }
    read = 0
    for service, app in house.apps.items():
        for route in access_of(app):
            if route.method != "GET" or route.path == "/metrics":
                continue
            name = "themes" if "vocabular" in route.path else "1.2" if "diff" in route.path else "1.1"
            path = route.path.format_map(_Given(values | {"name": name}))
            answer = await author.ask(service, "GET", path)
            assert answer.status_code < 500, f"{service} {path} {answer.text}"
            assert answer.is_success or answer.status_code in (307, 401, 403, 404, 410), f"{service} {path}"
            if route.roles is not None and Role.MEMBER not in route.roles:
                assert answer.status_code == 403
            read += answer.is_success
    assert read > 15


class _Given(dict[str, str]):
    def __missing__(self, _: str) -> str:
        return NOBODYS


def _whole(message: EmailMessage) -> str:
    texts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in message.items()), *texts])


async def _public_events(house: House, practice_id: str) -> list[str]:
    found: list[str] = []
    info = await house.js.stream_info("EVENTS")
    for number in range(info.state.first_seq, info.state.last_seq + 1):
        message = await house.js.get_msg("EVENTS", number)
        text = (message.data or b"").decode()
        if (message.subject or "").startswith("practices.") and practice_id in text:
            found.append(text)
    return found
