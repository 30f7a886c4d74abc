"""No public event tells of a person what the public page does not show.

One contribution lives through everything that says a public event, with a mark of its own in every field of the record
and in everything that people write or are on the way; then each event is searched for the marks.
"""

import copy
import json
from collections.abc import AsyncIterator
from typing import Any

import jsonschema
import pytest

from shared.contribution import public_content
from shared.contribution.merge import parse
from shared.events.registry import PUBLIC, events_by_type
from shared.events.reviews import Comment, ReviewAssigned, ReviewClaimed, ReviewReleased
from shared.events.schemas import data_schema, envelope_schema
from tests.contracts.marked import mark, marked_content, marks_in
from tests.services.submissions import documents
from tests.services.submissions.desk import Desk, open_desk

Json = dict[str, Any]

PRIVATE = {mark("authors", "person_id"), mark("declarations", "interests")}
CONTACT = {mark("contact", "name"), mark("contact", "email")}
# What a practice was found under is told when it leaves: of the public page the codes, no words.
ORGANISATIONS = {
    mark(*place, "id")
    for place in (
        ("lead_organisation",),
        ("partner_organisations",),
        ("joint_action", "supporting_organisations"),
    )
}
# Who they are to the sign-in, what reviewers and coordinators are and say, what authors answer them.
ON_THE_WAY = {
    mark("sign", "in", who, what) for who in ("ana", "cora") for what in ("sub", "name", "email", "organisation")
} | {mark(what) for what in ("reviewer", "coordinator", "comment", "remark", "answer", "decision", "reason")}


@pytest.fixture
async def desk(mongodb_url: str, database: str) -> AsyncIterator[Desk]:
    async with open_desk(mongodb_url, database) as desk:
        yield desk


class Told:
    """The life of one marked contribution; ``pages`` is what the public page showed after each public event."""

    def __init__(self, desk: Desk, content: Json) -> None:
        self.desk = desk
        self.content = content
        self.path = ""
        self.pages: dict[str, Json] = {}

    async def do(
        self, step: str = "", body: Any = None, *, method: str = "POST", who: str = "ana", **more: Any
    ) -> Json:
        """Call the service as somebody whose sign-in is marked all over."""
        role = "coordinator" if who == "cora" else "member"
        claims = {what: mark("sign", "in", who, what) for what in ("sub", "name", "email", "organisation")}
        headers = self.desk.issuer.headers(roles=(role,), **claims) | more.pop("headers", {})
        if body is not None:
            more["json"] = body
        return await self.desk.ok(method, self.path + step, who=None, headers=headers, **more)

    async def live(self) -> None:
        self.path = "/contributions"
        draft = await self.do(body={"content": self.content})
        self.path = f"/contributions/{draft['id']}"
        file = {"name": f"{mark('file', 'name')}.pdf", "alt_text": mark("file", "alt")}
        await self.do("/attachments", params=file, content=documents.PDF)
        await self.through_review(await self.do("/submit"), ask=True)
        await self.look("published")
        revised = await self.do("/revise")
        match = {"If-Match": f'"{revised["revision"]}"'}
        await self.do(method="PATCH", body={"content": {"reach": "national"}}, headers=match)
        await self.through_review(await self.do("/submit"), ask=False)
        await self.look("revised")
        self.desk.clock.pass_(days=1000)
        await self.desk.timers.look()
        await self.look("stale")
        await self.do("/confirm")
        await self.look("confirmed")
        self.path = f"/practices/{draft['id']}"
        agreement = {"agreed_on": "2026-01-15", "parties": [mark("party")], "text": {"en": mark("agreed", "text")}}
        await self.do("/agreement", agreement, who="cora")
        await self.look("agreed")
        await self.do("/agreement", method="DELETE", who="cora")
        await self.look("agreement_retracted")
        await self.do("/tombstone", {"reason_code": "rights", "reason": mark("reason")}, who="cora")

    async def through_review(self, case: Json, *, ask: bool) -> None:
        desk = self.desk
        await desk.open(case)
        of = {name: case[name] for name in ("version", "round")} | {
            "case_id": f"{case['id']}-{case['version']}",
            "contribution_id": case["id"],
            "kind": "joint_action",
            "title": {},
            "reviewer_id": mark("reviewer"),
        }
        span = {"due_at": desk.clock.now, "lease_until": desk.clock.now}
        await desk.hear(ReviewClaimed(**of, **span))
        await desk.hear(ReviewReleased(**of, reason="released"))
        await desk.hear(ReviewAssigned(**of, **span, assigned_by=mark("coordinator")))
        said: Json = {
            "text": mark("decision"),
            "remarks": (mark("remark"),),
            "comments": (Comment(id="c1", pointer="/title", severity="must", text=mark("comment")),),
        }
        if ask:
            await desk.ask_changes(case, **said)
            case = await self.do("/resubmit", {"answers": [{"comment_id": "c1", "text": mark("answer")}]})
            await desk.open(case)
        await desk.approve(case, **said)

    async def look(self, happened: str) -> None:
        identifier = self.path.rpartition("/")[2]
        self.pages[happened] = await self.desk.ok("GET", f"/practices/{identifier}", who=None)


@pytest.mark.parametrize("visibility", ["members", "reviewers", "public"])
async def test_each_public_event_tells_what_the_public_page_shows_and_no_more(desk: Desk, visibility: str) -> None:
    content = marked_content(kind="joint_action")
    content["contact"]["visibility"] = visibility
    hidden = PRIVATE | (set() if visibility == "public" else CONTACT)
    shown = set(marks_in(content)) - hidden
    life = Told(desk, content)
    await life.live()
    events = {event["type"].split(".")[-2]: event for event in await desk.events(*_names())}
    assert {event["type"] for event in events.values()} == {event.type for event in PUBLIC}

    ids = {desk.issuer.person_id(mark("sign", "in", who, "sub")) for who in ("ana", "cora")}
    for happened, event in events.items():
        text = json.dumps(event, ensure_ascii=False)
        assert [secret for secret in sorted(hidden | ON_THE_WAY | ids) if secret in text] == [], happened
        if happened == "withdrawn":
            assert set(marks_in(event)) == {mark("title", "text"), *ORGANISATIONS}
            assert set(event["data"]) == {"practice_id", "version", "title", "reason_code", "withdrawn_at", "before"}
        else:
            practice = dict(event["data"]["practice"])
            assert practice.pop("attached_text") == "", "no file of it says anything"
            assert practice == life.pages[happened], "the event is the page"
            agreement = {mark("party"), mark("agreed", "text")} if happened == "agreed" else set()
            assert set(marks_in(event)) == shown | agreement | {mark("file", "name"), mark("file", "alt")}

    # The marks were there to be found: the internal events, which reviewers need, hold them.
    internal = json.dumps(await desk.events("submission.submitted", "submission.resubmitted"), ensure_ascii=False)
    sought = hidden | {mark("answer"), desk.issuer.person_id(mark("sign", "in", "ana", "sub"))}
    assert [secret for secret in sorted(sought) if secret not in internal] == []


@pytest.mark.parametrize("visibility", ["members", "reviewers", "public", None])
def test_the_schema_names_every_field_that_is_sent_and_none_that_is_not(visibility: str | None) -> None:
    content = marked_content()
    content["contact"] |= {"visibility": visibility}
    sent = public_content(parse(content))
    definitions = copy.deepcopy(data_schema(PUBLIC[0])["$defs"])
    for part in definitions.values():
        part["additionalProperties"] = False
        part["required"] = sorted(part["properties"])  # every field of the record is filled: each must be there
    if visibility != "public":
        definitions["PublicContent"]["required"].remove("contact")
    schema = {"$defs": definitions, "$ref": "#/$defs/PublicContent"}
    jsonschema.validate(sent, schema, cls=jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, schema, cls=jsonschema.Draft202012Validator)


async def test_what_is_really_said_fits_the_published_schema(desk: Desk) -> None:
    life = Told(desk, marked_content(kind="joint_action"))
    await life.live()
    dated = jsonschema.Draft202012Validator.FORMAT_CHECKER
    for event in await desk.events(*_names()):
        for value, schema in (
            (event, envelope_schema()),
            (event["data"], data_schema(events_by_type()[event["type"]])),
        ):
            jsonschema.validate(value, schema, cls=jsonschema.Draft202012Validator, format_checker=dated)


def _names() -> list[str]:
    return [".".join(event.type.split(".")[2:4]) for event in PUBLIC]
